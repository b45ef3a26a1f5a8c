"""Open nbgrader's formgrader on a class."""

import os
import secrets
import signal
import socket
import subprocess
import sys

from grader.authoring.building import put_environment_on_path
from grader.base.errors import ClassError
from grader.classroom.folder import ClassFolder, existing_folder
from grader.classroom.marking.sheets import Sheets

EXTENSIONS = {
    "grader.classroom.formgrader_extension": True,
    "nbgrader.server_extensions.formgrader": False,  # ours replaces it
    "jupyter_server_mathjax": True,
    "jupyterlab": True,
}
# JupyterLab's pages, where a submission can also be opened: nothing is loaded from, or sent to, another server.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; frame-src 'self' blob: data:; "
    "connect-src 'self' data: ws://127.0.0.1:{port} ws://localhost:{port}; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


def serve(path, port=0, browser=True, on_url=lambda url: None, anonymous=False, marker=None, differences=False):
    """Run the formgrader on a class's folder, in JupyterLab or by itself, until it is stopped; returns its exit code.

    Parameters
    ----------
    path : the class's folder
    port : 0 for a free one
    browser : open one
    on_url : called with the address
    anonymous : serve only pages that do not say whose a submission is, and no JupyterLab
    marker : whose points and comments are given there, anonymously; by default the gradebook's
    differences : show only submissions on which markers differ, anonymously

    Raises
    ------
    ClassError
        If nothing was graded there yet, or the marker's name cannot be one.
    """
    folder = ClassFolder(existing_folder(path))
    if not (folder.root / folder.course.autograded_directory).is_dir():
        raise ClassError(f"nothing has been graded in {path} yet: run gru-course grade {path} first")
    put_environment_on_path()
    port, token = port or _free_port(), secrets.token_hex(16)
    extensions, own = EXTENSIONS, ["--LabApp.default_url=/formgrader"]
    if anonymous or marker is not None or differences:
        extensions, own = {**EXTENSIONS, "jupyterlab": False}, _without_names(folder, marker, differences)
    command = [
        *(sys.executable, "-m", "jupyterlab" if extensions["jupyterlab"] else "jupyter_server"),
        f"--ServerApp.root_dir={folder.root}",
        *(f"--ServerApp.jpserver_extensions={name}={wanted}" for name, wanted in extensions.items()),
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        *own,
        f"--ServerApp.open_browser={browser}",
        "--ServerApp.log_level=WARN",
        f"--ServerApp.tornado_settings={{'headers': {{'Content-Security-Policy': {POLICY.format(port=port)!r}}}}}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--ServerApp.allow_root=True")
    on_url(f"http://127.0.0.1:{port}/formgrader?token={token}")
    server = subprocess.Popen(command, cwd=folder.root)
    signal.signal(signal.SIGTERM, lambda number, frame: server.terminate())  # otherwise the server would keep running
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        return server.wait()


def _without_names(folder, marker, differences):
    """The options of a server that only shows pages without names. What is wrong with them is told at once."""
    sheets = Sheets(folder, marker, differences)
    sheets.answers.close()
    return [
        "--ServerApp.default_url=/formgrader",
        "--ServerApp.reraise_server_extension_failures=True",  # without our extension, the server would show everything
        "--Formgrader.anonymous=True",
        f"--Formgrader.marker={sheets.marker or ''}",
        f"--Formgrader.differences={differences}",
    ]


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
