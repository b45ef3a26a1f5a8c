"""Run submissions where they can do no harm: a warm, isolated Python, forked for each of them.

bubblewrap isolates it: a submission sees only the system's and Python's libraries, read-only, and no other files of this
machine; it has no network and no privileges. Inside, each submission has its own processes and files: `guest/jail.py`.
"""

import contextlib
import functools
import itertools
import json
import os
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import wait
from pathlib import Path, PurePosixPath

from grader.base.limits import Limits
from grader.judge.guest import seccomp

WORK = "/hand-in"
IMAGE = "/course"
PYTHON = "/python"  # where the virtual environment is seen inside
START = 120  # seconds for a warm process to import everything it needs
ANSWER = 30  # seconds for it to fork

LIBRARIES = ("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/local/lib")
FOLDERS = ("/dev", "/etc", "/usr", "/usr/local", "/usr/share")
ROOT_FOLDERS = ("/bin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = (
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
)
DEVICES = ("/dev/null", "/dev/random", "/dev/urandom")
PREFIX_PARTS = ("bin", "lib", "lib64", "pyvenv.cfg")
COURSE = ("grader", "gru_ref")  # its packages
# The parts of an installed copy of this course.
INSTALLED = (*COURSE, "gru_course*", "__editable__*gru_course*", "__pycache__/__editable__*gru_course*")

ENVIRONMENT = {
    "GRU_COURSE_GRADING": "1",
    "GRU_COURSE_QUICK": "1",
    # Memory of a large array is reused for the next one: pages that are new to a process are slow.
    "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=134217728",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "NBGRADER_EXECUTION": "autograde",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUNBUFFERED": "1",
    "USER": "learner",
}


# What a warm process runs: the libraries are imported while the image is still being filled.
BEGIN = """
import contextlib, gc, importlib, select
gc.disable()  # all of this stays
for name in {libraries}:
    with contextlib.suppress(Exception):  # it is imported again, and an error reported
        importlib.import_module(name)
select.select([{number}], [], [])
importlib.invalidate_caches()
from grader.judge.guest.warm import main
main({number})
"""

WAY_OUT = "Or grade with --no-sandbox, which protects nothing: docs/instructors.md says when that is acceptable."
NO_FORK = "Submissions run only on Linux or macOS: on Windows, grade within WSL."
SYSTEM_SETTINGS = "/proc/sys"
# Settings that may forbid user namespaces: the name, the value that forbids them, one that allows them.
SETTINGS = (
    ("user.max_user_namespaces", "0", "10000"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
)


class SandboxError(RuntimeError):
    """No sandbox is possible, or not this one; the text says why."""


class WarmDied(RuntimeError):
    """A warm process ended by itself, or no longer answers: start another."""


@dataclass(frozen=True)
class End:
    """How a submission's process ended.

    `reason` is "exited" (by itself), "killed" (by a signal or by the judge), or the limit that it exceeded: "memory",
    "processes", "cpu". `text` says more. `peak_memory` is in bytes, an upper bound.
    """

    reason: str
    text: str
    cpu_seconds: float = 0.0
    peak_memory: int = 0


class Child:
    """One submission's process. `sock` is the judge's end of its socket."""

    def __init__(self, sock, control, folder):
        self.sock = sock
        self._control = control
        self._folder = folder
        self._end = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def interrupt(self):
        """Send SIGINT to the submission's own process, not to its children."""
        self._ask(b"i")

    def kill(self):
        """End all its processes; returns when none is left."""
        self._ask(b"k")
        with contextlib.suppress(WarmDied):
            self.ended()
        self.sock.close()

    def ended(self, timeout=None):
        """Wait until it has ended and none of its processes is left.

        Returns
        -------
        end : End

        Raises
        ------
        TimeoutError
            If it has not ended after `timeout` seconds.
        WarmDied
            If it ended because its warm process or its keeper did, through no fault of its own.
        """
        if self._end is None:
            answer = _answer(self._control, timeout)
            with contextlib.suppress(TimeoutError):
                _answer(self._control, ANSWER)  # no answer: the keeper itself is gone, too
            self._end = End(**answer) if "reason" in answer else answer.get("failed", "its keeper was killed")
            self.forget()
        if isinstance(self._end, str):
            raise WarmDied(f"a submission was ended by accident: {self._end}")
        return self._end

    def forget(self):
        """Close the socket on which its end is reported."""
        self._control.close()
        if self._folder:
            self._folder.cleanup()

    def _ask(self, what):
        with contextlib.suppress(OSError):  # it has ended already
            self._control.send(what)


class Warm:
    """An isolated Python with everything imported, from which submissions are forked.

    It ends with the thread that made it, so make it in a thread that stays alive.

    Parameters
    ----------
    image : folder that comes first on the Python path inside; must hold grader/judge/guest
    preload : names of modules to import before the first fork
    limits : Limits for each submission
    sandbox : False for no isolation: the submissions can then do everything that this user can
    entry : "module:function", called as function(sock) in each; the module's prepare() is called once before
    meanwhile : called while Python starts and imports what is not in the image; it may fill the image

    Raises
    ------
    SandboxError
        If the isolation cannot be set up, or Python does not start in it.
    """

    def __init__(
        self, image, preload=(), limits=None, sandbox=True, entry="grader.judge.guest.shell:run", meanwhile=lambda: None
    ):
        if not hasattr(os, "fork"):
            raise SandboxError(NO_FORK)
        self.limits = limits or Limits()
        self._sandbox = sandbox
        self._children = []
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        self._control, theirs = socket.socketpair()
        libraries = [name for name in preload if name.partition(".")[0] not in COURSE]
        start = BEGIN.format(libraries=libraries, number=theirs.fileno())
        command, environment = (_behind_walls if sandbox else _in_the_open)(Path(image), start)
        try:
            self._process = subprocess.Popen(
                command,
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,
                cwd=image,  # `python -c` first looks for modules in its working folder
            )
        finally:
            theirs.close()
        try:
            meanwhile()
            if sandbox and os.getuid() == 0:
                _let_all_read(Path(image))
        except BaseException:
            self.close()
            raise
        rules = {"preload": list(preload), "entry": entry, "sandbox": sandbox, "limits": asdict(self.limits)}
        rules["user"] = _nobody() if sandbox and os.getuid() == 0 else None
        with contextlib.suppress(OSError):  # then there will be no answer either
            self._control.sendall(json.dumps(rules).encode() + b"\n")
        try:
            answer = _answer(self._control, self._waited())
        except TimeoutError:
            answer = {"failed": f"not ready within {START} seconds"}
        if "ready" not in answer:
            self.close()
            where = "in the sandbox" if sandbox else "without a sandbox"
            raise SandboxError(f"Python did not start {where}: {answer.get('failed', self._last_words())}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def fork(self, files=None):
        """Start a submission.

        Parameters
        ----------
        files : {relative path: bytes}, put into its working folder

        Returns
        -------
        child : Child, ready: `entry` is being called in it

        Raises
        ------
        ValueError
            If a path leads out of the working folder, the files are larger than the limits allow, or cannot be laid out.
        WarmDied
        """
        files = self._checked(files or {})
        folder = None if self._sandbox else tempfile.TemporaryDirectory(prefix="gru-course-")
        work = WORK if self._sandbox else folder.name
        sock, its_sock = socket.socketpair()
        control, its_control = socket.socketpair()
        child = Child(sock, control, folder)
        try:
            with its_sock, its_control:
                socket.send_fds(self._control, [b"f"], [its_control.fileno(), its_sock.fileno()])
            header = {"work": work, "files": [(path, len(data)) for path, data in files.items()]}
            control.settimeout(ANSWER)
            control.sendall(b"".join([json.dumps(header).encode() + b"\n", *files.values()]))
            answer = _answer(control, ANSWER)
        except OSError as error:
            answer = {"failed": str(error)}
        if "ready" not in answer:
            child.forget()
            sock.close()
            if "unfit" in answer:
                raise ValueError(answer["unfit"])
            raise WarmDied(
                f"the warm process could not start the submission: {answer.get('failed', self._last_words())}"
            )
        self._children = [*(c for c in self._children if c._end is None), child]
        return child

    def close(self):
        """End it and all submissions forked from it."""
        for child in self._children:
            child.kill()
        self._children = []
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()
        self._kill_group()

    def _waited(self):
        """Wait until there is an answer to the rules, or its process has ended; the seconds of START that are left."""
        end = time.monotonic() + START
        while not wait([self._control], 0.1) and time.monotonic() < end:
            if self._process.poll() is not None:
                self._kill_group()  # its socket closes when the last of them ends
        return max(end - time.monotonic(), 0.1)

    def _kill_group(self):
        """End the remains of a killed first process: bubblewrap's second one waits for it forever if it had just started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _checked(self, files):
        for path in files:
            parts = PurePosixPath(path).parts
            if not parts or parts[0] == "/" or ".." in parts or "\0" in path:
                raise ValueError(f"{path!r} is not a path inside the working folder")
        size = sum(map(len, files.values()))
        if size > self.limits.disk:
            raise ValueError(f"the submitted files take {size} bytes, but only {self.limits.disk} are allowed")
        return files

    def _last_words(self):
        time.sleep(0.1)  # for a message that may just be arriving
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip().splitlines()
        return said[-1] if said else f"it ended without a message (status {self._process.poll()})"


@functools.cache
def problem():
    """Why no sandbox is possible on this machine, and what to do, in words; None if one works. Tries it."""
    if not hasattr(os, "fork"):
        return NO_FORK
    if sys.platform != "linux":
        return f"The sandbox needs Linux, and this is {sys.platform}. {WAY_OUT}"
    if not seccomp.known_machine():
        return f"The sandbox does not support the processor {os.uname().machine}: use x86_64 or aarch64. {WAY_OUT}"
    with tempfile.TemporaryDirectory(prefix="gru-course-") as image:
        skeleton(Path(image))
        try:
            # A function of one argument that does nothing.
            with Warm(image, entry="builtins:id") as warm, warm.fork() as child:
                end = child.ended(ANSWER)
        except (SandboxError, WarmDied, TimeoutError) as error:
            return f"{error}. {_advice()} {WAY_OUT}"
    return None if end.reason == "exited" else f"A test submission that does nothing failed: {end.text}. {WAY_OUT}"


def skeleton(folder):
    """Put the parts of this package that an image needs into `folder`, and nothing else."""
    source = Path(__file__).parent / "guest"
    target = folder / "grader" / "judge" / "guest"
    target.mkdir(parents=True)
    for module in source.glob("*.py"):
        shutil.copy(module, target)
    for package in (folder / "grader", folder / "grader" / "judge"):
        (package / "__init__.py").touch()


def _advice():
    if shutil.which("bwrap") is None:
        return (
            "Install it: `sudo apt install bubblewrap` on Debian and Ubuntu, `sudo dnf install bubblewrap` on Fedora."
        )
    for setting, refuses, allows in SETTINGS:
        with contextlib.suppress(OSError):
            if Path(SYSTEM_SETTINGS, setting.replace(".", "/")).read_text().strip() == refuses:
                return f"This machine forbids user namespaces; an administrator can allow them with `sysctl -w {setting}={allows}`."
    if any(map(os.path.exists, ("/.dockerenv", "/run/.containerenv"))):
        return "This container may not create further ones: docs/instructors.md says how to start one that may."
    return ""


def _answer(control, timeout):
    """One line of JSON; {} if the other side is gone. Raises TimeoutError."""
    control.settimeout(timeout)
    line = bytearray()
    try:
        while not line.endswith(b"\n"):
            waiting = control.recv(4096, socket.MSG_PEEK)
            if not waiting:
                return {}
            line += control.recv(waiting.find(b"\n") + 1 or len(waiting))  # the next line is read later
    except BlockingIOError:
        raise TimeoutError("no answer in time") from None
    except ConnectionError:
        return {}
    finally:
        control.settimeout(None)
    return json.loads(line)


def _in_the_open(image, start):
    environment = dict(os.environ) | ENVIRONMENT | {"PYTHONPATH": str(image)}
    return [sys.executable, "-c", start], environment


def _behind_walls(image, start):
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        raise SandboxError("bubblewrap (the command bwrap) is not installed")
    where, prefix = _python()
    if os.getuid() == 0:
        _demand_readable(where)
        # Enough to become nobody inside; that nobody makes the user namespace.
        rights = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_CHOWN"]
    else:
        rights = ["--unshare-user"]
    command = [bubblewrap, *rights, "--die-with-parent", "--unshare-ipc", "--unshare-pid", "--unshare-net"]
    command += ["--unshare-uts", "--unshare-cgroup-try", "--hostname", "course", *_system(), *where]
    command += ["--ro-bind", str(image), IMAGE, "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", WORK]
    command += ["--dir", "/dev/shm", *(a for device in DEVICES for a in ("--dev-bind", device, device))]
    command += ["--remount-ro", "/", "--chdir", WORK, f"{prefix}/bin/{Path(sys.executable).name}", "-c", start]
    environment = ENVIRONMENT | {
        "HOME": WORK,
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "PATH": f"{prefix}/bin:/usr/bin:/bin",
        "PYTHONPATH": IMAGE,
    }
    if site.ENABLE_USER_SITE:
        environment["PYTHONUSERBASE"] = site.getuserbase()
    return command, environment


def _system():
    """The parts of the system that are visible inside."""
    arguments = _folders(*FOLDERS)
    for path in (*LIBRARIES, *SYSTEM_FILES):
        arguments += ["--ro-bind-try", path, path]
    for path in map(Path, ROOT_FOLDERS):
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            arguments += ["--ro-bind", str(path), str(path)]
    return arguments


def _python():
    """The parts of Python that are visible inside, without this course's modules; and the prefix of the one to start."""
    base = Path(sys.base_prefix)
    shown = {base: base, base.resolve(): base.resolve()}
    prefix = base
    if sys.prefix != sys.base_prefix:
        prefix = Path(PYTHON)
        shown[Path(sys.prefix)] = prefix
    for place in shown.values():
        if any(place.is_relative_to(taken) for taken in (WORK, "/tmp", "/dev/shm")):
            raise SandboxError(f"Python is in {place}, where submissions have their own files: use a Python elsewhere")
    arguments = []
    for source, place in shown.items():
        arguments += _folders(*reversed(place.parents[:-1]), place)
        for part in PREFIX_PARTS:
            if (source / part).is_symlink():
                arguments += ["--symlink", os.readlink(source / part), str(place / part)]
            elif (source / part).exists() and str(place / part) not in LIBRARIES:
                arguments += ["--ro-bind", str(source / part), str(place / part)]
    packages = {
        found: place / found.relative_to(source) for source, place in shown.items() for found in _packages(source)
    }
    packages |= {found: found for prefix_ in ("/usr", "/usr/local") for found in _packages(Path(prefix_))}
    personal = Path(site.getusersitepackages())
    if str(personal) in sys.path:
        arguments += ["--ro-bind", str(personal), str(personal)]
        packages[personal] = personal
    for source, place in packages.items():
        arguments += _without_course(source, place)
    return arguments, str(prefix)


def _folders(*paths):
    """Create folders readable by all; those that bubblewrap creates itself may be closed to others."""
    return [a for path in paths for a in ("--dir", str(path))]


def _packages(prefix):
    return [p for p in prefix.glob("lib*/python3*/*-packages") if not p.parents[1].is_symlink()]


def _without_course(source, place):
    """Hide an installed copy of this course in a folder of packages, and files that point to one.

    A link need not be hidden: its target does not exist inside.
    """
    arguments = []
    for found in (f for pattern in INSTALLED for f in source.glob(pattern) if not f.is_symlink()):
        inside = str(place / found.relative_to(source))
        if found.is_dir():
            arguments += ["--tmpfs", inside, "--remount-ro", inside]
        else:
            arguments += ["--ro-bind", os.devnull, inside]
    return arguments


def _let_all_read(image):
    """Make sure that the user that root becomes inside can read the image."""
    for path in (image, *image.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))


def _demand_readable(arguments):
    for kind, source in itertools.pairwise(arguments):
        if kind == "--ro-bind" and not os.stat(source).st_mode & 0o004:
            raise SandboxError(
                f"{source} is closed to others, but in the sandbox root becomes a user without rights: "
                f"open it with `chmod -R a+rX {source}`, or grade as the user who owns that Python"
            )


@functools.cache
def _nobody():
    """A number that belongs to no user, so that it owns no files and runs nothing else."""
    import pwd  # missing on Windows

    used = {entry.pw_uid for entry in pwd.getpwall()}
    return next(number for number in range(65432, 1000, -1) if number not in used)
