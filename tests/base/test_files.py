"""Files of a class are written completely or not at all, and unfinished ones leave nothing behind."""

import os
import subprocess
import sys

import pytest

from grader.base.files import plain_files, write_atomically

# Ends itself where a kill would leave most: everything is written, but nothing in its place.
KILLED = """
import os, sys
from grader.base.files import write_atomically
os.replace = lambda *names: os._exit(9)
write_atomically(sys.argv[1], "half")
"""


@pytest.mark.parametrize("name", ["grades.csv", "ü" * 127, "[a]*?"])
def test_what_a_kill_left_goes_when_the_file_is_written_again(tmp_path, name):
    path, other = tmp_path / name, tmp_path / "other.csv"
    path.write_text("old")
    for target in (path, other):
        assert subprocess.run([sys.executable, "-c", KILLED, target]).returncode == 9
    assert path.read_text() == "old" and len(os.listdir(tmp_path)) == 3
    assert list(map(str, plain_files(tmp_path))) == [name]
    write_atomically(path, "new")
    assert path.read_text() == "new" and len(os.listdir(tmp_path)) == 2, "the other's is the other's"
    write_atomically(other, b"new")
    assert sorted(os.listdir(tmp_path)) == sorted([name, "other.csv"])


def test_of_two_who_write_at_once_the_last_one_wins(tmp_path, monkeypatch):
    path, replace, turns = tmp_path / "report.html", os.replace, []

    def meanwhile(*names):
        if not turns:
            turns.append(names)
            write_atomically(path, "theirs")
        replace(*names)

    monkeypatch.setattr(os, "replace", meanwhile)
    write_atomically(path, "ours")
    assert path.read_text() == "theirs" and os.listdir(tmp_path) == ["report.html"]


def test_an_error_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "grades.csv"
    write_atomically(path, "old", mode=0o600)
    monkeypatch.setattr(os, "fsync", lambda number: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_atomically(path, "new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["grades.csv"]
    assert path.stat().st_mode & 0o777 == 0o600
