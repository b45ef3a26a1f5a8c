"""What tests with a real browser share: whether there is one, and the course's own commands to point it at."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from grader.doctor import browser_path

needs_browser = pytest.mark.skipif(
    browser_path() is None, reason="no Chromium: install chromium, or set GRU_COURSE_CHROMIUM to its path"
)
expect.set_options(timeout=20_000)


@contextmanager
def served(folder, home, *arguments):
    """Run `gru-course` with these arguments and a free port until the block ends; gives the address with its token."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    own = {"JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data")}
    log = home / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-c", "from grader.cli import main; main()", *arguments, f"--port={port}"],
            cwd=folder, env={**os.environ, **own}, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/api"):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < end, f"no answer within 60 s:\n{log.read_text()}"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", log
    finally:
        server.terminate()
        server.wait(timeout=30)


def violations(page, *parts):
    """What bars people from a page, by the rules of axe-core: lines such as ``"color-contrast (serious): <p>…"``.

    Parameters
    ----------
    page : a Playwright page
    parts : CSS selectors of the elements to look into; all of the page by default
    """
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is missing: pip install axe-playwright-python")
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    context = {"include": [[part] for part in parts]} if parts else {"include": [["html"]]}
    found = page.evaluate("async context => (await axe.run(context)).violations", context)
    return [f"{rule['id']} ({rule['impact']}): {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def answers(url):
    """Whether a server says that all is well at this address."""
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False
