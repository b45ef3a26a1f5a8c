"""Which parts of nbgrader JupyterLab shows to whom, according to Jupyter's own programs."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_core import paths
from jupyter_server.serverapp import ServerApp
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from typer.testing import CliRunner

from grader import cli
from grader.base.errors import ClassError
from grader.classroom import panels
from grader.classroom.formgrader_extension import POLICY
from grader.learner import lab

AUTHORS = {f"@jupyter/nbgrader:{name}" for name in ("formgrader", "create-assignment", "course-list")}
SHIPPED = {"nbgrader.server_extensions.formgrader": True, "nbgrader.server_extensions.course_list": True}


@pytest.fixture
def levels(tmp_path, monkeypatch):
    """Folders of settings for a user, an environment in which nbgrader is installed, and the machine."""
    folders = {name: tmp_path / name for name in ("user", "sys-prefix", "system")}
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(folders["user"]))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    monkeypatch.setattr(paths, "ENV_CONFIG_PATH", [str(folders["sys-prefix"])])
    monkeypatch.setattr(paths, "SYSTEM_CONFIG_PATH", [str(folders["system"])])
    shipped = folders["sys-prefix"] / "jupyter_server_config.d" / "nbgrader.json"
    shipped.parent.mkdir(parents=True)
    shipped.write_text(json.dumps({"ServerApp": {"jpserver_extensions": SHIPPED}}))
    return folders


def listed(*command):
    """What a program of Jupyter's prints, without colours."""
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}
    )
    return re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)


def states(role, level, **wrong):
    """The panels after `role` was set, as {name: on}."""
    _, found = panels.show_panels(role, level)
    assert {p.name: p.on != p.wanted for p in found if p.on != p.wanted} == wrong
    return {p.name: p.on for p in found}


@pytest.mark.system
@pytest.mark.parametrize("role", panels.ROLES)
def test_jupyters_own_lists_show_what_was_set(levels, role):
    folder, found = panels.show_panels(role, "user")
    assert folder == levels["user"]
    assert all(panel.on == panel.wanted for panel in found)
    servers = listed("jupyter", "server", "extension", "list").partition(f"Config dir: {folder}")[2]
    servers = servers.partition("Config dir:")[0]
    for name, on in panels.ROLES[role].server.items():
        assert f"{name} {'enabled' if on else 'disabled'}" in servers
        assert re.search(rf"{re.escape(name)} +OK", servers), "it can be imported, and is an extension"
    off = listed("jupyter", "labextension", "list").partition("Disabled extensions:")[2]
    assert set(re.findall(r"@jupyter/nbgrader:[\w-]+", off)) == (AUTHORS if role == "student" else set())


def test_a_student_has_what_students_need_and_an_instructor_our_formgrader():
    student, instructor = panels.ROLES["student"], panels.ROLES["instructor"]
    assert {name for name, on in student.lab.items() if not on} == AUTHORS
    assert [name for name, on in student.server.items() if on] == [
        "nbgrader.server_extensions.assignment_list", "nbgrader.server_extensions.validate_assignment",
    ]  # fmt: skip
    assert all(instructor.lab.values())
    assert [name for name, on in instructor.server.items() if not on] == [panels.NBGRADERS]


def test_every_panel_that_nbgrader_has_is_spoken_of():
    places = (Path(place, "@jupyter", "nbgrader", "static") for place in paths.jupyter_path("labextensions"))
    static = next(filter(Path.is_dir, places))
    scripts = "".join(path.read_text(encoding="utf-8") for path in static.glob("*.js"))
    for role in panels.ROLES.values():
        assert set(role.lab) == set(re.findall(r'"(@jupyter/nbgrader:[\w-]+)"', scripts))
        assert {f"nbgrader.server_extensions.{name}" for name in lab.AUTHORS_EXTENSIONS} < set(role.server)


def test_an_instructors_own_settings_go_before_those_for_all(levels):
    states("student", "sys-prefix")
    everybody = levels["sys-prefix"] / "labconfig" / "page_config.json"
    before = everybody.read_text()
    now = states("instructor", "user")
    assert now[panels.OURS] and not now[panels.NBGRADERS] and now["@jupyter/nbgrader:create-assignment"]
    assert everybody.read_text() == before
    assert not states("student", "sys-prefix")["@jupyter/nbgrader:create-assignment"], "as all others have it"


def test_it_is_said_where_settings_elsewhere_go_before(levels, monkeypatch):
    states("student", "system", **dict.fromkeys(SHIPPED, True))
    shown = CliRunner().invoke(cli.app, ["class", "panels", "student", "--level", "system"], terminal_width=200)
    assert shown.exit_code == 1
    assert f"on, because {levels['sys-prefix']} takes precedence" in " ".join(shown.output.split())
    assert CliRunner().invoke(cli.app, ["class", "panels", "student"]).exit_code == 0
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")  # as in an environment that one has made oneself
    _, found = panels.show_panels("instructor", "user")
    assert {panel.name for panel in found if panel.on != panel.wanted} >= AUTHORS


def test_other_settings_stay(levels):
    path = levels["user"] / "labconfig" / "page_config.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"disabledExtensions": ["mine"], "buildCheck": false}')  # a list, as older versions wrote
    states("student", "user")
    states("instructor", "user")
    settings = json.loads(path.read_text())
    assert settings["buildCheck"] is False
    assert settings["disabledExtensions"]["mine"] is True
    assert not any(settings["disabledExtensions"][name] for name in AUTHORS)


def test_settings_that_cannot_be_read_or_written_stay_and_are_named(levels):
    path = levels["user"] / "labconfig" / "page_config.json"
    path.parent.mkdir(parents=True)
    path.write_text("{no JSON")
    with pytest.raises(ClassError, match=r"page_config\.json cannot be read .*fix it, or move it away"):
        panels.show_panels("student", "user")
    assert path.read_text() == "{no JSON"
    levels["system"].mkdir()
    (levels["system"] / "jupyter_server_config.d").write_text("a file where a folder should be")
    with pytest.raises(ClassError, match=r"cannot be written .*--level"):
        panels.show_panels("student", "system")
    with pytest.raises(ClassError, match="--level sys_prefix is unknown; the levels are user, sys-prefix, system"):
        panels.show_panels("student", "sys_prefix")


@pytest.mark.system
@pytest.mark.parametrize("theirs", [(), ("nbgrader.server_extensions.formgrader",), ("nbgrader",)])
def test_our_formgrader_answers_whatever_of_nbgraders_is_on_too(tmp_path, levels, theirs):
    (levels["sys-prefix"] / "jupyter_server_config.d" / "nbgrader.json").unlink()
    server = ServerApp()
    server.initialize(
        [f"--ServerApp.root_dir={tmp_path}", "--allow-root", "--ServerApp.token=x", "--ServerApp.port=0",
         *(f"--ServerApp.jpserver_extensions={name}=True" for name in (panels.OURS, *theirs))],
        new_httpserver=False,
    )  # fmt: skip
    try:
        asyncio.run(server.extension_manager.start_all_extensions())
        assert server.web_app.settings["nbgrader_jinja2_env"].autoescape is True
        line = RequestStartLine("GET", f"{server.base_url}formgrader/", "HTTP/1.1")
        request = HTTPServerRequest(
            start_line=line, headers=HTTPHeaders(Host="here"), connection=SimpleNamespace(set_close_callback=print)
        )
        chosen = server.web_app.find_handler(request)
        assert chosen.handler_class.content_security_policy == POLICY
    finally:
        ServerApp.clear_instance()
