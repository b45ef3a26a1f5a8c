"""SIGKILL at random times: whichever process is killed, the final result is that of an undisturbed run.

The tests kill a worker, one of its warm processes with all its children, or the whole command, which then runs again.
"""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.base.paths import course_root
from grader.classroom.demo import make_class
from grader.classroom.folder import ClassFolder
from grader.classroom.seeds import course_key
from tests.support.books import everything

pytestmark = pytest.mark.system

COMMAND = [sys.executable, "-c", "from grader.cli import main; main()", "grade", "--workers", "2"]
TIMES = ("time", "seconds", "cpu_seconds", "fingerprint")
TARGETS = ("command", "worker", "warm")


@pytest.fixture(scope="module")
def class_of_five(tmp_path_factory):
    """A class that was not graded yet, but has its key: so that all its copies draw the same inputs."""
    folder = tmp_path_factory.mktemp("kills") / "class"
    make_class(course_root(), folder, students=5, lessons=["03"], seed=2)
    course_key(ClassFolder(folder))
    return folder


@pytest.fixture(scope="module")
def undisturbed(class_of_five, tmp_path_factory):
    """What an undisturbed run comes to, and the seconds that it takes."""
    folder = tmp_path_factory.mktemp("undisturbed") / "class"
    shutil.copytree(class_of_five, folder)
    started = time.monotonic()
    assert start(folder).wait() == 0
    return outcome(folder), time.monotonic() - started


def start(folder):
    with (folder.parent / "output.txt").open("ab") as output:
        return subprocess.Popen([*COMMAND, str(folder)], stdout=output, stderr=output, start_new_session=True)


def outcome(folder):
    """All that a run leaves behind: gradebook, journal, notebooks and pages, grades.csv; without times and other chance."""
    entries = {}
    for line in (folder / "journal.jsonl").read_text().splitlines():
        with contextlib.suppress(ValueError):  # cut short by a kill
            entry = {k: v for k, v in json.loads(line).items() if k not in TIMES}
            entries[entry["event"], entry.get("student"), entry.get("lesson")] = entry
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for step in ("autograded", "feedback")
        for path in sorted((folder / step).rglob("*"))
        if path.is_file()
    }
    rows = [line.split(',"yes",')[0] for line in (folder / "grades.csv").read_text().splitlines()[1:]]
    return {
        "gradebook": everything(f"sqlite:///{folder}/gradebook.db"),
        "journal": entries,
        "files": files,
        "grades": rows,
    }


def assert_same(found, wanted):
    for part, content in wanted.items():
        assert found[part] == content, part


def test_an_undisturbed_run_is_the_same_with_one_worker(class_of_five, undisturbed, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(class_of_five, folder)
    assert subprocess.run([*COMMAND[:-1], "1", str(folder)], capture_output=True).returncode == 0
    assert_same(outcome(folder), undisturbed[0])


@pytest.mark.parametrize(("target", "seed"), [("command", 0), ("worker", 1), ("warm", 2)])
def test_killed_once(class_of_five, undisturbed, tmp_path, target, seed):
    kill_and_compare(class_of_five, undisturbed, tmp_path, random.Random(seed), target)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(50))
def test_killed_fifty_times(class_of_five, undisturbed, tmp_path, seed):
    kill_and_compare(class_of_five, undisturbed, tmp_path, random.Random(100 + seed), TARGETS[seed % len(TARGETS)])


def kill_and_compare(fresh, undisturbed, tmp_path, chance, target):
    wanted, seconds = undisturbed
    folder = tmp_path / "class"
    shutil.copytree(fresh, folder)
    seen = kill_at(start(folder), target, chance.uniform(0, seconds), chance)
    # The command is killed again while it goes on from where it was killed; in the end it is left alone.
    if target == "command":
        seen |= kill_at(start(folder), target, chance.uniform(0, seconds), chance)
        assert start(folder).wait() == 0, (tmp_path / "output.txt").read_text()
    assert_same(outcome(folder), wanted)
    assert not list(folder.glob(".building-*")) and not list(folder.rglob(".writing-*"))
    end = time.monotonic() + 20
    while (left := [pid for pid in seen if lives(*pid)]) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left


def kill_at(run, target, moment, chance):
    """Kill what is wanted at that moment of a run, and wait until the run has ended; all its processes that were seen."""
    end, seen = time.monotonic() + moment, set()
    while time.monotonic() < end and run.poll() is None:
        seen |= set(descendants(run.pid))
        time.sleep(0.02)
    while run.poll() is None:
        found = descendants(run.pid)
        seen |= set(found)
        workers = [pid for pid, _ in found if parent(pid) == run.pid and "job_server" in called(pid)]
        below = [number for worker in workers for number, _ in descendants(worker)]
        warm = [
            number for number in below if namespaces(number) <= 2
        ]  # a submission's own process is killed as by itself
        victims = {"command": [run.pid], "worker": workers, "warm": warm}[target]
        if victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(sorted(victims)), signal.SIGKILL)
            break
        time.sleep(0.01)
    assert run.wait() in (0, -signal.SIGKILL)
    return seen


def namespaces(pid):
    """In how many pid namespaces a process has a number: a warm process and a keeper in the machine's and the walls' own."""
    with contextlib.suppress(OSError):
        status = (Path("/proc") / str(pid) / "status").read_text()
        return len(re.search(r"^NSpid:(.*)", status, re.M)[1].split())
    return 0


def descendants(pid):
    """(number, time of its start) of all processes below one."""
    below, found = {}, []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            below.setdefault(int(fields[1]), []).append((int(place.name), fields[19]))
    waiting = [pid]
    while waiting:
        children = below.get(waiting.pop(), [])
        found += children
        waiting += [child for child, _ in children]
    return found


def lives(pid, started):
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[19] == started and fields[0] != "Z"
    return False


def parent(pid):
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def called(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""
