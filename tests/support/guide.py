"""The commands of the guide's section on JupyterHub, which tests/hub/ runs as they are written."""

import re

from grader.base.paths import course_root


def commands_of(who):
    """The shell blocks below ``### who``, such as "The instructor", in their order."""
    guide = (course_root() / "docs" / "instructors.md").read_text(encoding="utf-8")
    section = guide.partition("\n## On a JupyterHub\n")[2].partition("\n## ")[0]
    part = section.partition(f"\n### {who}\n")[2].partition("\n### ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", part, re.M | re.S)
    assert blocks, f"the guide has no commands under {who!r}"
    return blocks


def run_on_a_machine():
    """The administrator's blocks but the first and the last, which need the network and systemd; and the accounts' block."""
    _, *settings, accounts, _ = commands_of("The administrator")
    return settings, accounts
