"""Which parts of nbgrader JupyterLab shows, by role: an author's panels are useless to a student, and in the way.

Jupyter's own ``jupyter server extension enable`` knows only what is already configured at that level, and ends with
exit code 0 if it did nothing. So this module writes the same files, and then reads them as Jupyter does.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from jupyter_core import paths
from jupyter_server.extension.config import ExtensionConfigManager
from jupyter_server.services.config.manager import ConfigManager

from grader.base.errors import ClassError
from grader.base.files import write_atomically

OURS = "grader.classroom.formgrader_extension"
NBGRADERS = "nbgrader.server_extensions.formgrader"
LEVELS = ("user", "sys-prefix", "system")
_STUDENTS = ("assignment_list", "validate_assignment")
_AUTHORS = ("course_list",)


@dataclass(frozen=True)
class Role:
    """Whether each server extension, by its module, and each of JupyterLab's plugins, by its id, is on."""

    server: dict[str, bool]
    lab: dict[str, bool]


def _role(is_author):
    students, authors = ([f"nbgrader.server_extensions.{name}" for name in names] for names in (_STUDENTS, _AUTHORS))
    server = dict.fromkeys(students, True) | dict.fromkeys([*authors, OURS], is_author) | {NBGRADERS: False}
    shown = dict.fromkeys(("menu", "assignment-list", "validate-assignment"), True)
    shown |= dict.fromkeys(("formgrader", "create-assignment", "course-list"), is_author)
    return Role(server, {f"@jupyter/nbgrader:{name}": on for name, on in shown.items()})


ROLES = {"student": _role(False), "instructor": _role(True)}


@dataclass(frozen=True)
class Panel:
    """One server extension or plugin: whether it was switched on, whether it is on, and the folder that decides."""

    name: str
    wanted: bool
    on: bool
    place: str


def show_panels(role, level="sys-prefix"):
    """Let JupyterLab show the parts of nbgrader that a role needs, and no others.

    Parameters
    ----------
    role : "student" or "instructor"
    level : for whom: "user", "sys-prefix" (all who use this Python environment) or "system" (all of this machine)

    Returns
    -------
    folder : Path, of Jupyter's settings at that level
    panels : list of Panel, as Jupyter reads them now; if one differs from its setting, another level takes precedence

    Raises
    ------
    ClassError
        If the settings cannot be written, or the present ones are not JSON.
    """
    folder = _folder(level)
    lab = folder / "labconfig" / "page_config.json"
    settings = _read(lab)
    disabled = settings.get("disabledExtensions", {})
    disabled = dict(disabled) if isinstance(disabled, dict) else dict.fromkeys(disabled, True)  # older ones are lists
    disabled |= {name: not on for name, on in ROLES[role].lab.items()}
    files = {lab: {**settings, "disabledExtensions": disabled}}
    for name, on in ROLES[role].server.items():
        path = folder / "jupyter_server_config.d" / f"{name}.json"
        files[path] = {"ServerApp": {"jpserver_extensions": {name: on}}}
    for path, content in files.items():
        try:
            write_atomically(path, json.dumps(content, indent=2) + "\n")
        except OSError as e:
            raise ClassError(
                f"{path} cannot be written ({e.strerror}): run this as a user who may write there, or with another --level of {', '.join(LEVELS)}"
            ) from None
    return folder, _panels(ROLES[role], level)


def _folder(level):
    if level not in LEVELS:
        raise ClassError(f"--level {level} is unknown; the levels are {', '.join(LEVELS)}")
    if level == "user":
        return Path(paths.jupyter_config_dir())
    return Path((paths.ENV_CONFIG_PATH if level == "sys-prefix" else paths.SYSTEM_CONFIG_PATH)[0])


def _read(path):
    try:
        return json.loads(path.read_text(encoding="utf-8") or "{}")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as e:
        raise ClassError(f"{path} cannot be read ({e}): fix it, or move it away") from None


def _panels(role, level):
    """The settings for the users of a level: a user's own settings count for that user only."""
    shared = (*paths.ENV_CONFIG_PATH, *paths.SYSTEM_CONFIG_PATH)
    places = [place for place in paths.jupyter_config_path() if level == "user" or place in shared]
    found = []
    for names, said in ((role.server, _server), (role.lab, _lab)):
        by_place = [(place, said(place)) for place in places]
        for name, wanted in names.items():
            place, on = next(((p, s[name]) for p, s in by_place if name in s), ("", said is _lab))
            found.append(Panel(name, wanted, on, place))
    return found


def _server(place):
    return ExtensionConfigManager(read_config_path=[place]).get_jpserver_extensions()


def _lab(place):
    settings = ConfigManager(read_config_path=[str(Path(place, "labconfig"))]).get("page_config")
    disabled = settings.get("disabledExtensions", {})
    disabled = disabled if isinstance(disabled, dict) else dict.fromkeys(disabled, True)
    return {name: not off for name, off in disabled.items()}
