"""The sandbox: what is inside, what is forbidden, what is counted, and that nothing remains."""

import errno
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from grader.base.limits import MB, Limits
from grader.judge import sandbox
from grader.judge.guest import watch

ROOT = Path(__file__).resolve().parents[2]
LINUX = sys.platform == "linux"
WHY_NOT = sandbox.problem()
needs_sandbox = pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))
needs_linux = pytest.mark.skipif(not LINUX, reason="counts processes in /proc")
needs_root = pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="becomes another user, which needs root")

NOTHING_IN_PROC = {"/proc": [["self"], []], "/proc/self": [[], ["maps"]]}
SMALL = Limits(memory=400 * MB, disk=20 * MB, file=8 * MB, processes=16, open_files=64)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image") / "course"
    sandbox.skeleton(folder)
    shutil.copy(ROOT / "tests" / "support" / "prisoners.py", folder)
    return folder


@pytest.fixture(scope="module", params=[pytest.param(True, marks=needs_sandbox), pytest.param(False, id="open")])
def either(image, request):
    """A warm process with walls, and one without."""
    with warm_process(image, sandbox=request.param) as warm:
        yield warm


@pytest.fixture(scope="module")
def walled(image):
    if WHY_NOT:
        pytest.skip(WHY_NOT)
    with warm_process(image) as warm:
        yield warm


def warm_process(image, limits=SMALL, **options):
    return sandbox.Warm(image, ("colorsys", "wave"), limits, entry="prisoners:run", **options)


class Asked:
    """A child, asked to call functions of tests/support/prisoners.py."""

    def __init__(self, child):
        self.child = child
        child.sock.settimeout(60)
        self._stream = child.sock.makefile("rw")

    def ask(self, name, *arguments):
        self.send(name, *arguments)
        return self.answer()

    def send(self, name, *arguments):
        self._stream.write(json.dumps({"do": name, "with": arguments}) + "\n")
        self._stream.flush()

    def answer(self):
        return json.loads(self._stream.readline())

    def value(self, name, *arguments):
        answer = self.ask(name, *arguments)
        assert "value" in answer, answer
        return answer["value"]

    def error(self, name, *arguments):
        answer = self.ask(name, *arguments)
        assert "error" in answer, answer
        return answer["error"], answer["number"]

    def last(self, name, *arguments):
        """How the child ends when asked this."""
        self.send(name, *arguments)
        return self.child.ended(30)


@contextmanager
def forked(warm, files=None):
    with warm.fork(files) as child:
        yield Asked(child)


def everything_of(warm):
    """All processes behind a warm one."""
    proc = os.open("/proc", os.O_RDONLY)
    try:
        return {process.pid for process in watch.family(warm._process.pid, proc)}
    finally:
        os.close(proc)


def idle(warm):
    """All processes behind a warm one, as soon as those of its submissions are gone."""
    wait_until(lambda: len(everything_of(warm)) == (3 if warm._sandbox else 1))
    return everything_of(warm)


def alive(number):
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


# Can there be one?


@needs_root
@pytest.mark.skipif(not LINUX or shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_root_with_bubblewrap_has_a_sandbox():
    namespaces = subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "true"])
    if namespaces.returncode:
        pytest.skip("this machine has no namespaces")
    assert WHY_NOT is None


def test_without_bubblewrap_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "linux")
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    said = sandbox.problem.__wrapped__()
    assert "apt install bubblewrap" in said and "dnf install bubblewrap" in said and "--no-sandbox" in said


def test_elsewhere_than_on_linux_it_is_said_so(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    assert "needs Linux, and this is darwin" in sandbox.problem.__wrapped__()


def test_where_no_process_can_be_forked_it_is_said_so(monkeypatch, tmp_path):
    monkeypatch.delattr(sandbox.os, "fork")
    assert "WSL" in sandbox.problem.__wrapped__()
    with pytest.raises(sandbox.SandboxError, match="WSL"):
        sandbox.Warm(tmp_path, sandbox=False)


def test_an_unknown_processor_is_named(monkeypatch):
    monkeypatch.setattr(sandbox.seccomp, "known_machine", lambda: False)
    monkeypatch.setattr(sandbox.sys, "platform", "linux")
    assert os.uname().machine in sandbox.problem.__wrapped__()


@needs_linux
@pytest.mark.parametrize("taken", ["/tmp", "/hand-in", "/dev/shm"])
def test_a_python_where_submissions_have_their_files_is_refused(monkeypatch, image, taken):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: "/usr/bin/bwrap")
    monkeypatch.setattr(sandbox.sys, "base_prefix", f"{taken}/python")
    with pytest.raises(sandbox.SandboxError, match=f"Python is in {taken}/python.*elsewhere"):
        sandbox.Warm(image, entry="prisoners:run")


@needs_linux
@needs_root
def test_a_python_that_only_root_may_read_is_named(tmp_path, monkeypatch, image):
    for part in ("bin", "lib"):
        (tmp_path / part).mkdir()
    (tmp_path / "lib").chmod(0o700)
    monkeypatch.setattr(sandbox.sys, "prefix", str(tmp_path))
    with pytest.raises(sandbox.SandboxError, match=r"closed to others.*chmod -R a\+rX"):
        sandbox.Warm(image, entry="prisoners:run")


@needs_linux
@pytest.mark.parametrize("setting", [setting for setting, _, _ in sandbox.SETTINGS])
def test_a_machine_that_forbids_namespaces_is_told_which_setting_allows_them(monkeypatch, tmp_path, setting):
    fake(tmp_path, "bwrap", "echo 'bwrap: No permissions to create new namespace' >&2; exit 1", monkeypatch)
    folder = tmp_path / "sys"
    for name, refuses, allows in sandbox.SETTINGS:
        path = folder / name.replace(".", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((refuses if name == setting else allows) + "\n")
    monkeypatch.setattr(sandbox, "SYSTEM_SETTINGS", folder)
    said = sandbox.problem.__wrapped__()
    assert "No permissions to create new namespace" in said and f"sysctl -w {setting}=" in said


def fake(folder, name, script, monkeypatch):
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


# The warm process


def test_the_warm_process_has_imported_and_prepared(either):
    with forked(either) as submission:
        seen = submission.value("look_around")
    assert seen["prepared"] and seen["modules"] == ["colorsys", "wave"]


@needs_linux
def test_a_first_process_killed_as_it_begins_leaves_none_behind_and_is_heard_of_at_once(image, monkeypatch):
    command = "sleep 617 & kill -9 $$"
    monkeypatch.setattr(sandbox, "_behind_walls", lambda place, start: (["sh", "-c", command], {}))
    began = time.monotonic()
    with pytest.raises(sandbox.SandboxError, match="did not start"):
        sandbox.Warm(image)
    assert time.monotonic() - began < sandbox.START / 2
    end = time.monotonic() + 10
    while _called("sleep", "617") and time.monotonic() < end:
        time.sleep(0.01)
    assert not _called("sleep", "617")


def _called(*words):
    """The processes that were called so."""
    wanted, found = "".join(f"{word}\0" for word in words), []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (place / "cmdline").read_text() == wanted:
                found.append(place.name)
    return found


@pytest.mark.parametrize("walls", [pytest.param(True, marks=needs_sandbox), False])
def test_a_module_that_is_not_there_is_named(image, walls):
    with pytest.raises(sandbox.SandboxError, match="No module named 'no_such_module'"):
        sandbox.Warm(image, ["no_such_module"], sandbox=walls, entry="prisoners:run")


@pytest.mark.parametrize("walls", [pytest.param(True, marks=needs_sandbox), False])
def test_a_warm_process_with_threads_is_refused(image, walls):
    (image / "threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True, name='busy').start()\n"
    )
    with pytest.raises(sandbox.SandboxError, match=r"2 threads \(MainThread, busy\)"):
        sandbox.Warm(image, ["threaded"], sandbox=walls, entry="prisoners:run")


@needs_linux
@pytest.mark.parametrize("walls", [pytest.param(True, marks=needs_sandbox), False])
def test_a_killed_warm_process_is_noticed(image, walls):
    with warm_process(image, sandbox=walls) as warm:
        itself = max(idle(warm))
        child = warm.fork()
        everything = everything_of(warm)
        os.kill(itself, signal.SIGKILL)
        with pytest.raises(sandbox.WarmDied):
            child.ended(20)
        with pytest.raises(sandbox.WarmDied):
            warm.fork()
        wait_until(lambda: not any(map(alive, everything)))


@needs_linux
@pytest.mark.parametrize("walls", [pytest.param(True, marks=needs_sandbox), False])
def test_a_killed_judge_takes_everything_with_it(image, walls):
    script = f"""
        import os, sys, time
        sys.path[:0] = [{str(ROOT)!r}]
        from tests.judge.test_sandbox import *
        warm = warm_process({str(image)!r}, sandbox={walls})
        submission = Asked(warm.fork())
        submission.value("leave_survivors")
        print(submission.value("look_around")["folder"], *everything_of(warm), flush=True)
        time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True) as judge:
        folder, *numbers = judge.stdout.readline().split()
        everything = [int(number) for number in numbers]
        assert len(everything) >= 5 and all(map(alive, everything))
        judge.kill()
    wait_until(lambda: not any(map(alive, everything)))
    assert walls or not Path(folder).exists()


# What is inside


@needs_sandbox
def test_only_what_python_needs_is_there(walled, tmp_path):
    secret = tmp_path / "marks-of-all.db"
    secret.write_text("marks")
    with forked(walled) as submission:
        seen = submission.value("look_around")
        places = [
            str(p) for p in (secret, ROOT / "pyproject.toml", Path.home() / ".bashrc", "/sys", "/home", "/var", "/run")
        ]
        assert submission.value("exists", *places, "/etc/passwd", "/etc/shadow", "/etc/hosts") == []
        assert submission.value("find", secret.name, "course.key", "gru_ref") == []
    assert seen["folder"] == "/hand-in"
    assert seen["proc"] == NOTHING_IN_PROC and seen["maps"] == ""
    assert seen["dev"] == ["null", "random", "shm", "urandom"]
    assert set(seen["top"]) <= {
        "bin",
        "course",
        "dev",
        "etc",
        "lib",
        "lib32",
        "lib64",
        "libx32",
        "proc",
        "python",
        "tmp",
        "usr",
        "hand-in",
    } | {Path(sys.base_prefix).parts[1]}


@needs_sandbox
def test_the_installed_course_is_not_importable(walled):
    with forked(walled) as submission:
        assert submission.value("imports", "grader").startswith("/course/")
        assert submission.error("imports", "gru_ref")[0] == "ModuleNotFoundError"


def test_an_installed_copy_of_the_course_is_covered(tmp_path):
    for name in ("gru_ref", "grader", "gru_course-0.1.dist-info", "numpy"):
        (tmp_path / name).mkdir()
    for name in ("__editable__.gru_course-0.1.pth", "__editable___gru_course_0_1_finder.py", "other.pth"):
        (tmp_path / name).touch()
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "__editable___gru_course_0_1_finder.cpython-311.pyc").touch()
    covered = sandbox._without_course(tmp_path, Path("/inside"))
    assert {Path(a).name for a in covered if a.startswith("/inside")} == {
        "gru_ref",
        "grader",
        "gru_course-0.1.dist-info",
        "__editable__.gru_course-0.1.pth",
        "__editable___gru_course_0_1_finder.py",
        "__editable___gru_course_0_1_finder.cpython-311.pyc",
    }


@needs_sandbox
def test_the_environment_is_not_the_judges(image, monkeypatch):
    monkeypatch.setenv("SECRET", "course key")
    with warm_process(image) as warm, forked(warm) as submission:
        environment = submission.value("look_around")["environment"]
    assert set(environment) - {"PWD", "PYTHONUSERBASE"} == set(sandbox.ENVIRONMENT) | {
        "HOME",
        "MPLCONFIGDIR",
        "PATH",
        "PYTHONPATH",
    }
    assert environment["HOME"] == "/hand-in" and environment["PYTHONPATH"] == "/course"
    assert environment["GRU_COURSE_GRADING"] == environment["GRU_COURSE_QUICK"] == environment["OMP_NUM_THREADS"] == "1"


@needs_sandbox
def test_nothing_but_its_own_folders_is_writable(walled):
    with forked(walled) as submission:
        assert submission.value("writable") == ["/dev/shm", "/hand-in", "/tmp"]


def test_the_files_handed_in_are_in_the_working_folder(either):
    files = {"data.csv": b"1,2\n", "deep/er/notes.txt": "naïve".encode(), "empty": b""}
    with forked(either, files) as submission:
        assert submission.value("read_files") == {path: data.decode() for path, data in files.items()}


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "", "a\0b"])
def test_a_path_out_of_the_working_folder_is_refused(either, path):
    with pytest.raises(ValueError, match="not a path inside"):
        either.fork({path: b""})


def test_too_many_files_are_refused(either):
    with pytest.raises(ValueError, match="21000000 bytes, but only 20000000"):
        either.fork({"a": bytes(10 * MB), "b": bytes(11 * MB)})


@needs_sandbox
def test_no_file_remains_for_the_next(walled):
    before = set(os.listdir("/dev/shm")), set(os.listdir("/tmp"))
    with forked(walled) as submission:
        submission.value("litter")
        assert len(submission.value("litter_found")) == 3
    with forked(walled) as submission:
        assert submission.value("litter_found") == []
    assert "litter" not in set(os.listdir("/dev/shm")) | set(os.listdir("/tmp")) and before


@needs_sandbox
def test_nothing_is_open_but_the_socket(walled):
    with forked(walled) as submission:
        assert submission.value("open_descriptors") == ["0o20000"] * 3 + ["socket"]


@needs_sandbox
def test_programs_run(walled):
    with forked(walled) as submission:
        assert submission.value("shell", "python -c 'import json, colorsys' && ls / > listing") == 0


# Privileges


@needs_sandbox
def test_it_has_no_privilege_and_gets_none(walled):
    with forked(walled) as submission:
        has = submission.value("privileges")
        assert has["user"] != 0 and has["capabilities"] == [0] * 6 and has["bounding"] == []
        assert has["no_new_privileges"] == 1 and has["seccomp"] == 2
        assert submission.error("become_root")[1] in (errno.EPERM, errno.EINVAL)  # there may be no root here to become
        assert submission.error("mount_memory") == ("PermissionError", errno.EPERM)


@needs_sandbox
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of system calls on x86-64")
@pytest.mark.parametrize(
    ("call", "error"),
    {
        "new user namespace": ([272, 0x10000000], "EPERM"),
        "clone into one": ([56, 0x10000000 | 17, 0, 0, 0, 0], "EPERM"),
        "clone3": ([435, 0, 0], "ENOSYS"),
        "trace": ([101, 16, 1, 0, 0], "EPERM"),
        "read another's memory": ([310, 1, 0, 0, 0, 0, 0], "EPERM"),
        "keys": ([250, 0, -3, 0], "EPERM"),
        "io_uring": ([425, 1, 0], "EPERM"),
        "system V memory": ([29, 0, 4096, 0o1600], "EPERM"),
        "message queue": ([68, 0, 0o1600], "EPERM"),
        "calls of x32": ([0x40000000 + 39], "ENOSYS"),
    }.values(),
)
def test_a_dangerous_call_is_refused(walled, call, error):
    with forked(walled) as submission:
        assert submission.value("system_call", *call) == error


@needs_sandbox
def test_it_sees_and_reaches_no_process_but_its_own(walled):
    with forked(walled) as submission:
        assert submission.value("neighbours") == [1, 2]
        for which in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
            for everybody in (1, -1):
                submission.value("kill", everybody, which)
    with forked(walled) as submission:
        assert submission.value("numbers") == [2, 0, 1]


# Network


@needs_sandbox
def test_no_address_is_reached(walled):
    with socket.create_server(("127.0.0.1", 0)) as server, forked(walled) as submission:
        for family, host, port in (
            ("AF_INET", "127.0.0.1", server.getsockname()[1]),
            ("AF_INET", "1.1.1.1", 53),
            ("AF_INET6", "::1", 80),
        ):
            assert submission.error("connect", family, [host, port])[0] in ("OSError", "ConnectionRefusedError")


@needs_sandbox
def test_an_abstract_socket_of_this_machine_is_not_there(walled):
    name = f"\0gru-course-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        with forked(walled) as submission:
            assert submission.error("connect", "AF_UNIX", name) == ("ConnectionRefusedError", errno.ECONNREFUSED)
            submission.value("hear_abstract", name)


@needs_sandbox
@pytest.mark.parametrize("family", [16, 17, 31, 38, 40], ids=["netlink", "packet", "bluetooth", "crypto", "vsock"])
def test_other_kinds_of_sockets_are_refused(walled, family):
    with forked(walled) as submission:
        assert submission.error("make_socket", family) == ("OSError", errno.EAFNOSUPPORT)


# Limits


@needs_sandbox
def test_processes_are_limited(walled):
    with forked(walled) as submission:
        made, number = submission.value("fork_bomb")
        assert number == errno.EAGAIN and made == SMALL.processes - 1


@needs_sandbox
def test_threads_are_limited(walled):
    with forked(walled) as submission:
        assert submission.value("thread_bomb") == SMALL.processes - 1


@needs_sandbox
def test_a_relentless_fork_bomb_is_ended(walled):
    before = idle(walled)
    with forked(walled) as submission:
        submission.send("relentless_fork_bomb")
        time.sleep(0.5)
        submission.child.kill()
        assert submission.child.ended().reason == "killed"
    assert idle(walled) == before


@needs_linux
def test_without_walls_processes_are_counted_by_the_keeper(image):
    with warm_process(image, sandbox=False) as warm, forked(warm) as submission:
        end = submission.last("fork_bomb")
    assert end.reason == "processes" and "16 are allowed" in end.text


@needs_linux
def test_one_process_cannot_take_more_memory_than_allowed(either):
    with forked(either) as submission:
        assert submission.error("fill_memory", 500 * MB)[0] == "MemoryError"
        submission.value("fill_memory", 100 * MB)


@needs_linux
def test_memory_is_counted_over_all_processes(either):
    with forked(either) as submission:
        end = submission.last("fill_memory_together", 4, 150 * MB)
    assert end.reason == "memory" and "400 MB are allowed" in end.text
    assert end.peak_memory > 400 * MB


@needs_linux
def test_a_process_that_ends_while_memory_is_counted_holds_none():
    """Several that hold the same memory, and end together, would else be counted as if each had its own."""
    program = f"kept = bytearray({50 * MB}); kept[::4096] = b'x' * len(kept[::4096]); print(flush=True); input()"
    proc = os.open("/proc", os.O_RDONLY)
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as done:
        done.stdout.readline()
        seen = watch.Watch(os.getpid(), {"memory": 0}, proc, None)
        (process,) = [p for p in seen.processes() if p.pid == done.pid]
        assert seen._own_memory(process) > 50 * MB
        done.communicate(b"\n")
        assert process.resident > 50 * MB and seen._own_memory(process) == 0
    os.close(proc)


@needs_sandbox
def test_memory_that_processes_share_is_counted_once(walled):
    with forked(walled) as submission:
        assert submission.value("share_memory", 6, 100 * MB) == 6


@needs_sandbox
def test_files_count_as_memory(image):
    limits = Limits(memory=200 * MB, disk=150 * MB)
    with warm_process(image, limits) as warm, forked(warm) as submission:
        assert submission.last("fill_memory_and_disk", 120 * MB).reason == "memory"


@needs_sandbox
@pytest.mark.parametrize("where", ["fill_sockets", "fill_tables"])
def test_memory_of_the_kernel_counts(walled, where):
    with forked(walled) as submission:
        assert submission.last(where).reason == "memory"


@needs_sandbox
@pytest.mark.parametrize("folder", ["/hand-in", "/tmp", "/dev/shm"])
def test_the_disk_is_limited(walled, folder):
    with forked(walled) as submission:
        written, number = submission.value("fill_disk", folder, 100 * MB)
    assert number == errno.ENOSPC and 15 * MB <= written <= 20 * MB


@needs_sandbox
def test_the_number_of_files_is_limited(walled):
    with forked(walled) as submission:
        assert submission.error("make_files", 100_000) == ("OSError", errno.ENOSPC)


def test_a_files_size_is_limited(either):
    with forked(either) as submission:
        assert submission.error("long_file", 12 * MB) == ("OSError", errno.EFBIG)


def test_open_files_are_limited(either):
    with forked(either) as submission:
        assert submission.error("open_files", 100) == ("OSError", errno.EMFILE)


@needs_sandbox
@pytest.mark.parametrize("how", ["shared_anonymous_memory", "memory_file"])
def test_memory_that_nobody_counts_is_refused(walled, how):
    with forked(walled) as submission:
        assert submission.error(how)[0] in ("OSError", "PermissionError")


def test_no_core_is_dumped(either):
    with forked(either) as submission:
        assert submission.value("core_size") == [0, 0]


@pytest.mark.parametrize(
    "walls", [pytest.param(True, marks=needs_sandbox), pytest.param(False, marks=pytest.mark.system)]
)
@pytest.mark.parametrize(("what", "with_"), [("compute", ()), ("compute_in_many", (20,)), ("compute_unwaited", (20,))])
def test_processor_time_is_limited_over_all_processes(image, walls, what, with_):
    if what != "compute" and not LINUX:
        pytest.skip("counts processes in /proc")
    with warm_process(image, Limits(cpu=1), sandbox=walls) as warm, forked(warm) as submission:
        end = submission.last(what, *with_)
    assert end.reason == "cpu" and "1 seconds of processor time" in end.text
    assert 1 <= end.cpu_seconds < 3


# Ends


def test_an_exit_is_told_with_its_status(either):
    with forked(either) as submission:
        end = submission.last("exit_at_once", 3)
    assert (end.reason, end.text) == ("exited", "its process ended with status 3")


def test_a_crash_is_told_with_its_signal(either):
    with forked(either) as submission:
        end = submission.last("crash")
    assert (end.reason, end.text) == ("killed", "its process was killed by SIGSEGV")


def test_its_end_may_be_waited_for_with_a_limit(either):
    with forked(either) as submission:
        for timeout in (0, 0.1):
            with pytest.raises(TimeoutError):
                submission.child.ended(timeout)
        assert submission.value("numbers")


def test_an_interrupt_is_an_ordinary_keyboard_interrupt(either):
    with forked(either) as submission:
        submission.send("say_and_wait", 60)
        assert submission.answer() == {"value": "waiting"}
        submission.child.interrupt()
        assert submission.answer()["error"] == "KeyboardInterrupt"
        assert submission.value("numbers")


def test_what_hears_no_interrupt_is_killed(either):
    with forked(either) as submission:
        submission.send("endless_in_c")
        assert submission.answer() == {"value": "waiting"}
        submission.child.interrupt()
        submission.child.kill()
        assert submission.child.ended().reason == "killed"
        assert submission.child.ended().cpu_seconds > 0


@needs_linux
@pytest.mark.parametrize("by_itself", [True, False])
def test_nothing_survives_its_end(either, by_itself):
    before = idle(either)
    with forked(either) as submission:
        submission.value("leave_survivors")
        assert len(everything_of(either) - before) >= 5
        if by_itself:
            submission.last("exit_at_once", 0)
        else:
            submission.child.kill()
        assert idle(either) == before


@needs_linux
def test_a_killed_keeper_takes_its_submission_with_it(either):
    before = idle(either)
    with either.fork() as child:
        keeper = min(everything_of(either) - before)
        os.kill(keeper, signal.SIGKILL)
        with pytest.raises(sandbox.WarmDied, match="its keeper was killed"):
            child.ended(10)
    assert idle(either) == before
    with forked(either) as submission:
        assert submission.value("numbers")


@needs_linux
@pytest.mark.parametrize("forks", [100, pytest.param(1000, marks=pytest.mark.exhaustive)])
def test_after_many_forks_nothing_has_grown(either, forks):
    def measure():
        warm = max(idle(either))
        return (
            idle(either),
            len(os.listdir("/proc/self/fd")),
            len(os.listdir(f"/proc/{warm}/fd")),
            private_memory(warm) // MB,
            private_memory("self") // MB,
            Path("/proc/self/mountinfo").read_text(),
        )

    def once():
        with forked(either, {"a": b"x"}) as submission:
            submission.value("numbers")

    for _ in range(20):
        once()
    before = measure()
    for _ in range(forks):
        once()
    after = measure()
    assert after[:3] == before[:3] and after[5] == before[5]
    assert after[3] <= before[3] + 1 and after[4] <= before[4] + 2


def private_memory(number):
    lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))


def test_without_walls_nothing_is_needed_that_only_linux_has(image, tmp_path):
    elsewhere = shutil.copytree(image, tmp_path / "course")
    for name in ("jail", "warm"):
        module = elsewhere / "grader" / "judge" / "guest" / f"{name}.py"
        module.write_text(module.read_text().replace('sys.platform == "linux"', "False"))
    with warm_process(elsewhere, sandbox=False) as warm:
        with forked(warm, {"a": b"x"}) as submission:
            assert submission.value("read_files") == {"a": "x"}
            submission.send("say_and_wait", 60)
            assert submission.answer() == {"value": "waiting"}
            submission.child.interrupt()
            assert submission.answer()["error"] == "KeyboardInterrupt"
            assert submission.last("exit_at_once", 3).text == "its process ended with status 3"
        with forked(warm) as submission:
            submission.send("endless_in_c")
            assert submission.answer() == {"value": "waiting"}
            submission.child.kill()
            assert submission.child.ended().reason == "killed"


def test_without_walls_the_working_folder_goes_too(image):
    with warm_process(image, sandbox=False) as warm:
        with forked(warm, {"a": b"x"}) as submission:
            folder = submission.value("look_around")["folder"]
            assert Path(folder, "a").exists()
        assert not Path(folder).exists()


# As an ordinary user


@needs_sandbox
@needs_root
def test_an_ordinary_user_has_the_same_walls(image, tmp_path_factory):
    python = readable_python()
    folder = Path("/tmp") / f"gru-course-test-{os.getpid()}"
    try:
        copy_for_all(image, folder)
        script = f"""
            import json, sys
            from pathlib import Path
            sys.path[:0] = [{str(folder)!r}]
            from grader.judge import sandbox
            assert sandbox.problem() is None, sandbox.problem()
            seen = {{}}
            with sandbox.Warm({str(folder)!r}, entry="prisoners:run") as warm, warm.fork({{"a": b"x"}}) as child:
                stream = child.sock.makefile("rw")
                for name, *values in json.loads(sys.argv[1]):
                    stream.write(json.dumps({{"do": name, "with": values}}) + "\\n")
                    stream.flush()
                    seen[name] = json.loads(stream.readline())
            print(json.dumps(seen))
        """
        calls = [["look_around"], ["privileges"], ["writable"], ["neighbours"], ["fork_bomb"], ["open_descriptors"]]
        calls += [["make_socket", 40], ["connect", "AF_INET", ["1.1.1.1", 53]], ["become_root"], ["memory_file"]]
        done = subprocess.run(
            [python, "-c", textwrap.dedent(script), json.dumps(calls)],
            user=65431,
            group=65431,
            extra_groups=[],
            cwd="/",
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seen = json.loads(done.stdout)
    assert seen["look_around"]["value"]["proc"] == NOTHING_IN_PROC
    assert seen["privileges"]["value"]["capabilities"] == [0] * 6
    assert seen["writable"]["value"] == ["/dev/shm", "/hand-in", "/tmp"]
    assert seen["neighbours"]["value"] == [1, 2]
    assert seen["fork_bomb"]["value"] == [Limits().processes - 1, errno.EAGAIN]
    assert seen["open_descriptors"]["value"] == ["0o20000"] * 3 + ["socket"]
    assert all("error" in seen[name] for name in ("make_socket", "connect", "become_root", "memory_file"))


def copy_for_all(image, folder):
    """The parts of this package that the sandbox needs, for anybody to read."""
    shutil.copytree(image, folder)
    shutil.copy(ROOT / "grader" / "judge" / "sandbox.py", folder / "grader" / "judge")
    (folder / "grader" / "base").mkdir()
    shutil.copy(ROOT / "grader" / "base" / "limits.py", folder / "grader" / "base")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)


@functools.cache
def readable_python():
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], user=65431, group=65431
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python
    pytest.skip("no Python 3.11 here that other users can read")


def test_a_warm_process_may_be_used_from_other_threads(either):
    seen = []

    def use():
        with forked(either) as submission:
            seen.append(submission.value("numbers"))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join(30)
    assert len(seen) == 1
