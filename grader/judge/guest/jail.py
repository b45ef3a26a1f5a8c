"""From the warm process to one submission: isolation, limits, and a keeper that reports how it ended.

The *keeper* builds the walls, stays outside their pid namespace, and counts the resources used. Inside, the *first*
process only adopts orphans: when it ends, everything inside ends. The submission's process is also the keeper's child.
"""

import contextlib
import json
import os
import random
import resource
import select
import shutil
import signal
import socket
import sys
import time

from grader.judge.guest import kernel, seccomp, watch

LINUX = sys.platform == "linux"
USER = 1000  # the user of a submission inside: not root, so that executing a program regains no rights
INODES = 20_000
LOOK_EVERY = 0.05  # seconds
INTERRUPT = b"i"  # the judge's request to a keeper; any other byte, or a closed socket, ends the submission
FIRST = "cat"  # waits until nobody can write to it any more


def keep(control, sock, entry, rules):
    """Run one submission to its end and report to the judge. Never returns.

    Parameters
    ----------
    control : socket to the judge: files come in; {"ready": …} or {"failed": why}, at last {"reason": …, …} go out
    sock : socket, the submission's own
    entry : function, called as entry(sock)
    rules : {"sandbox": bool, "limits": {…}}, see grader.base.limits.Limits
    """
    try:
        parent = os.getppid()
        rules = rules | {"base": _data_size() if LINUX else 0}
        work, files = _receive_files(control)
        proc, disk = _prepare(rules)
        try:
            _write_files(work, files)
        except (OSError, ValueError) as error:
            _tell(control, unfit=f"they cannot be laid out: {type(error).__name__}: {error}")
            return
        del files
        keeper = _Keeper(control, proc, disk, rules)
        keeper.start(sock, entry, work)
        sock.close()
        _tell(control, ready=True)
        reason, text = keeper.wait(parent)
        keeper.end_all()
        if not rules["sandbox"]:
            shutil.rmtree(work, ignore_errors=True)  # the judge, which owns this folder, may be gone
        if reason is None:
            raise RuntimeError(text)
        seen = keeper.watch
        _tell(control, reason=reason, text=text, cpu_seconds=max(keeper.seconds, seen.cpu), peak_memory=seen.peak)
    except Exception as error:
        _tell(control, failed=f"{type(error).__name__}: {error}")
    finally:
        os._exit(0)


class _Keeper:
    """Starts one submission, watches it, and ends all its processes."""

    def __init__(self, control, proc, disk, rules):
        self.control, self.rules, self.limits = control, rules, rules["limits"]
        self.first = None
        self.status = None  # of the submission's process, once that has ended
        self.seconds = 0.0  # of processor time, by all ended processes
        self.watch = watch.Watch(os.getpid(), self.limits, proc, disk)

    def start(self, sock, entry, work):
        if self.rules["sandbox"]:
            self.first = self.watch.ignored = _start_first()
        self.woken, waker = socket.socketpair()
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.detach(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake up
        keeper = os.getpid() if self.first is None else 0  # seen from inside, a keeper has no number
        self.submission = os.fork()
        if self.submission == 0:
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _die_with_parent(keeper)
                _become_submission(sock, entry, self.rules, work)
            except BaseException:
                os._exit(1)
            finally:
                os._exit(0)

    def wait(self, parent):
        """Watch the submission until it ends or must end: (reason, text); the reason is None if `parent` ended."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.woken, select.POLLIN)
        due = time.monotonic()
        while True:
            ready = dict(poll.poll(max(0, due - time.monotonic()) * 1000))
            if self.woken.fileno() in ready:
                self.woken.recv(100)
                while self._hear_of_one(os.WNOHANG):
                    pass
                if self.status is not None:
                    return _how_it_ended(self.status, self.limits)
            if self.control.fileno() in ready:
                if self.control.recv(1) != INTERRUPT:
                    return "killed", "the judge ended it"
                os.kill(self.submission, signal.SIGINT)
            if time.monotonic() >= due:
                if os.getppid() != parent:
                    return None, "the warm process ended"
                excess = self.watch.look()
                if excess:
                    return excess
                due = time.monotonic() + LOOK_EVERY

    def end_all(self):
        """End all descendants, and wait for them."""
        self._kill()
        while self._hear_of_one(0):
            self._kill()

    def _kill(self):
        if self.first is not None:
            found = [self.first]  # all others end with it
        else:
            found = [-self.submission, *(process.pid for process in self.watch.processes())]
        for number in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)

    def _hear_of_one(self, how):
        """Account for a child that ended; returns whether there was one."""
        try:
            child, status, used = os.wait4(-1, how)
        except ChildProcessError:
            return False
        self.seconds += used.ru_utime + used.ru_stime
        if child == self.submission:
            self.status = status
        return child != 0


def _receive_files(control):
    with control.makefile("rb") as stream:
        header = json.loads(stream.readline())
        return header["work"], {path: stream.read(size) for path, size in header["files"]}


def _write_files(work, files):
    for path, data in files.items():
        path = os.path.join(work, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(data)


def _tell(control, **what):
    with contextlib.suppress(OSError):  # the judge may be gone
        control.sendall(json.dumps(what).encode() + b"\n")


def _prepare(rules):
    """Build the walls, if any; returns the open folders of /proc and of the submission's files, or None for each."""
    if not LINUX:
        return None, None
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # if the machine itself runs out of memory, a submission is killed first
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    if rules["sandbox"]:
        _unshare()
        disk = _mount(rules["limits"]["disk"])
    else:
        disk = None
        kernel.prctl(kernel.SET_SUBREAPER, 1)
    kernel.prctl(kernel.SET_DUMPABLE, 0)
    return proc, disk


def _unshare():
    user, group = os.getuid(), os.getgid()
    kernel.unshare(kernel.NEW_ALL)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{USER} {user} 1"), ("gid_map", f"{USER} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _mount(size):
    """One small file system for everything that a submission may write; /proc shows nothing. Returns its open folder."""
    kernel.mount(None, "/", flags=kernel.RECURSIVE | kernel.PRIVATE)
    locked = kernel.NO_SUID | kernel.NO_DEV
    kernel.mount("tmpfs", "/tmp", "tmpfs", locked, f"size={size},nr_inodes={INODES},mode=755")
    disk = os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY)
    for name, place in (("work", "/hand-in"), ("shm", "/dev/shm"), ("tmp", "/tmp")):
        os.mkdir(f"/tmp/{name}")
        kernel.mount(f"/tmp/{name}", place, flags=kernel.BIND)
    locked |= kernel.NO_EXEC
    kernel.mount("tmpfs", "/proc", "tmpfs", locked, "size=4k,mode=755")
    os.mkdir("/proc/self")
    # In scikit-learn, threadpoolctl reads which libraries are loaded, and has no other way if this file is missing.
    open("/proc/self/maps", "x").close()
    kernel.mount(None, "/proc", flags=kernel.REMOUNT | kernel.READ_ONLY | locked)
    return disk


def _die_with_parent(parent):
    if LINUX:
        kernel.die_with_parent()
        if os.getppid() != parent:  # it was too late to ask
            os._exit(1)


def _start_first():
    """Start process 1 of the namespace. It ends with this one, whose end of the pipe is the only one."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # inherited: it need not wait for the orphans it adopts
    read, _ = os.pipe()
    return os.posix_spawnp(FIRST, [FIRST], {}, file_actions=[(os.POSIX_SPAWN_DUP2, read, 0)])


def _become_submission(sock, entry, rules, work):
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.setsid()
    os.closerange(3, sock.fileno())
    os.closerange(sock.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    os.chdir(work)
    os.environ["HOME"] = work
    _limit(rules)
    if rules["sandbox"]:
        kernel.drop_capabilities()
        seccomp.refuse_calls()
    if LINUX:
        kernel.prctl(kernel.SET_DUMPABLE, 1)  # so that the keeper can count its memory
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed(0)  # the same in each run, like everything else
    entry(sock)


def _limit(rules):
    limits = rules["limits"]
    seconds = int(limits["cpu"]) + 1
    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": limits["file"],
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_NICE": 0,
        "RLIMIT_NOFILE": limits["open_files"],
        "RLIMIT_RTPRIO": 0,
        "RLIMIT_SIGPENDING": 1024,
    }
    if LINUX:
        wanted["RLIMIT_DATA"] = rules["base"] + limits["memory"]
    if rules["sandbox"] and _kernel() >= (5, 14):  # in older kernels all of a user's processes count
        wanted["RLIMIT_NPROC"] = limits["processes"] + 2  # the keeper and the first process
    for name, value in wanted.items():
        if hasattr(resource, name):
            with contextlib.suppress(ValueError, OSError):  # it was lower before
                resource.setrlimit(getattr(resource, name), (value, value))


def _kernel():
    return tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])


def _data_size():
    """Bytes of data that this process has now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[5]) * watch.PAGE


def _how_it_ended(status, limits):
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGXCPU:
        return "cpu", watch.out_of_cpu(limits)
    if code < 0:
        return "killed", f"its process was killed by {signal.Signals(-code).name}"
    return "exited", f"its process ended with status {code}"
