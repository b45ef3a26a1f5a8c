"""Open the course in JupyterLab, with settings of its own: the user's Jupyter configuration is left as it is."""

import contextlib
import os
from pathlib import Path

from grader.authoring.lessons import lesson_names
from grader.base import threads
from grader.base.paths import own_folder

SETTINGS = Path(__file__).with_name("lab_settings")
AUTHORS_EXTENSIONS = ("formgrader", "assignment_list", "course_list")  # nbgrader's; a learner needs none of them


def launch(root, lesson="00", more=(), on_build=lambda name: None):
    """Serve the course in JupyterLab until it is stopped.

    Parameters
    ----------
    root : the course's folder
    lesson : the lesson to open, by the beginning of its name
    more : further arguments for ``jupyter lab``, such as ``--no-browser``
    on_build : called with the name of each lesson whose notebook had to be built first

    Raises
    ------
    UnknownLesson
        If no lesson's name begins so.
    SourceError, NoSources
        If a notebook is missing, and its source is wrong, or may not be read.
    """
    import matplotlib.font_manager  # noqa: F401 (lists the fonts at the first import: here, not in lesson 00's output)
    from jupyterlab.labapp import LabApp

    from grader.authoring import building

    name = lesson_names(root, [lesson])[0]
    build_missing(root, on_build)
    os.environ.update(environment())
    start_clean(root)
    building.put_environment_on_path()
    LabApp.launch_instance(arguments(root, name, more))


def build_missing(root, on_build=lambda name: None):
    """Build the notebooks that are not there yet."""
    missing = [name for name in lesson_names(root) if not notebook_path(root, name).exists()]
    if missing:
        from grader.authoring import building  # late, since it imports nbgrader, which takes a second

        building.build(root, missing, on_lesson=on_build)


def notebook_path(root, name):
    """Where a lesson's learner's notebook lies."""
    return Path(root, "notebooks", name, f"{name}.ipynb")


def start_clean(root):
    """Forget which tabs were open, so that JupyterLab shows one lesson and starts one kernel, not all earlier ones.

    Only the course's own are forgotten: other work in JupyterLab keeps its tabs elsewhere.
    """
    for layout in _tabs(root).glob("*.jupyterlab-workspace"):
        with contextlib.suppress(OSError):  # an extra tab must not stop the start
            layout.unlink()


def _tabs(root):
    return own_folder(root) / "workspaces"


def environment():
    """What JupyterLab needs in its environment."""
    # Otherwise a kernel "python3" that the user installed takes precedence over this environment's, and has no torch.
    return {"JUPYTER_PREFER_ENV_PATH": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1", **threads.ENVIRONMENT}


def arguments(root, name, more=()):
    """Arguments of ``jupyter lab``: the course's settings first, so that `more` can overrule them."""
    settings = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.app_settings_dir={SETTINGS}",
        f"--LabApp.workspaces_dir={_tabs(root)}",
        f"--LabApp.default_url=/lab/tree/{notebook_path('', name).as_posix()}",
        "--LabApp.news_url=None",
        *(f"--ServerApp.jpserver_extensions=nbgrader.server_extensions.{name}=False" for name in AUTHORS_EXTENSIONS),
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        settings.append("--allow-root")
    return [*settings, *more]
