"""What the sandbox's tests do inside it: each public function is one attempt, called by name through the socket.

Put into an image as a module, with `prepare` and `run` as the warm process wants them. Standard library only.
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import socket
import sys
import threading
import time

prepared = False
libc = ctypes.CDLL(None, use_errno=True)


def prepare():
    global prepared
    prepared = True


def run(sock):
    """Answer {"do": name, "with": arguments} with {"value": …} or {"error": class, "number": errno}, line by line."""
    global answers
    answers = sock
    for line in sock.makefile():
        asked = json.loads(line)
        try:
            reply = {"value": globals()[asked["do"]](*asked["with"])}
        except (Exception, KeyboardInterrupt) as error:
            reply = {"error": type(error).__name__, "number": getattr(error, "errno", None), "text": str(error)}
        say(**reply)


def say(**what):
    answers.sendall(json.dumps(what).encode() + b"\n")


# What is there


def look_around():
    return {
        "folder": os.getcwd(),
        "top": sorted(os.listdir("/")),
        "proc": {top: (folders, files) for top, folders, files in os.walk("/proc")},
        "maps": open("/proc/self/maps").read(),
        "dev": sorted(os.listdir("/dev")),
        "etc": sorted(os.listdir("/etc")),
        "environment": dict(os.environ),
        "path": sys.path,
        "prepared": prepared,
        "modules": [m for m in ("colorsys", "wave") if m in sys.modules],
    }


def exists(*paths):
    return [path for path in paths if os.path.lexists(path)]


def find(*names):
    """Where in the whole file system something has one of these names."""
    return [os.path.join(top, n) for top, folders, files in os.walk("/") for n in (*folders, *files) if n in names]


def writable():
    """The outermost folders where a file can be made."""
    found = []
    for top, folders, _ in os.walk("/"):
        with contextlib.suppress(OSError):
            os.close(os.open(os.path.join(top, "try"), os.O_CREAT | os.O_WRONLY))
            os.remove(os.path.join(top, "try"))
            found.append(top)
            folders.clear()
    return sorted(found)


def open_descriptors():
    """Number → kind of each open file, but those of `run` itself."""
    kinds = {}
    for number in range(1000):
        with contextlib.suppress(OSError):
            mode = os.fstat(number).st_mode
            kinds[number] = "socket" if mode & 0o170000 == 0o140000 else oct(mode & 0o170000)
    return sorted(kinds.values())


def read_files():
    return {
        os.path.relpath(os.path.join(top, name), "."): open(os.path.join(top, name), "rb").read().decode()
        for top, _, names in os.walk(".")
        for name in names
    }


def litter():
    for folder in (".", "/tmp", "/dev/shm"):
        with open(f"{folder}/litter", "w") as file:
            file.write("here")


def litter_found():
    return exists("litter", "/tmp/litter", "/dev/shm/litter")


def imports(name):
    return getattr(__import__(name), "__file__", None)


def shell(command):
    return os.waitstatus_to_exitcode(os.system(command))


# Privileges


def privileges():
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc.capget(header, data)
    return {
        "user": os.getuid(),
        "groups": os.getgroups(),
        "capabilities": list(data),
        "bounding": [c for c in range(64) if libc.prctl(23, c, 0, 0, 0) == 1],
        "no_new_privileges": libc.prctl(39, 0, 0, 0, 0),
        "seccomp": libc.prctl(21, 0, 0, 0, 0),
    }


def become_root():
    os.setuid(0)


def system_call(number, *values):
    """0, or the name of its error."""
    return 0 if libc.syscall(number, *values) >= 0 else errno.errorcode[ctypes.get_errno()]


def mount_memory():
    if libc.mount(b"tmpfs", b"/hand-in", b"tmpfs", 0, None):
        raise OSError(ctypes.get_errno(), "mount")


def kill(number, which):
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, which)


def neighbours():
    """All process numbers that can be signalled."""
    found = []
    for number in range(1, 70_000):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, 0)
            found.append(number)
    return found


# Network


def connect(family, address):
    with socket.socket(getattr(socket, family)) as sock:
        sock.settimeout(5)
        sock.connect(tuple(address) if isinstance(address, list) else address)


def make_socket(family, kind=socket.SOCK_STREAM):
    socket.socket(family, kind).close()


def hear_abstract(name):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(name)


# Limits


def fork_bomb():
    """How many processes there were before one was refused."""
    for made in range(10_000):
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        except OSError as error:
            return made, error.errno


def relentless_fork_bomb():
    while True:
        with contextlib.suppress(OSError):
            os.fork()


def thread_bomb():
    for made in range(10_000):
        try:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError:
            return made


def fill_memory(size):
    bytearray(size)


def fill_memory_together(count, size):
    for _ in range(count):
        if os.fork() == 0:
            kept = bytearray(size)
            kept[::4096] = b"x" * len(kept[::4096])
            time.sleep(60)
            os._exit(0)
    time.sleep(60)


def share_memory(count, size):
    """Many processes that hold the same memory: that is used once. How many were there."""
    kept = bytearray(size)
    kept[::4096] = b"x" * len(kept[::4096])
    made = []
    for _ in range(count):
        made.append(os.fork())
        if made[-1] == 0:
            time.sleep(1)
            os._exit(kept[0] != ord("x"))
    return sum(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0 for number in made)


def fill_disk(folder, size):
    """Bytes written, in files of 1 MB, before the disk was full."""
    for i in range(size // 1_000_000):
        try:
            with open(f"{folder}/{i}", "wb") as file:
                file.write(bytes(1_000_000))
        except OSError as error:
            return i * 1_000_000, error.errno
    return size, None


def fill_memory_and_disk(size):
    fill_disk("/tmp", size)
    kept = bytearray(size)
    kept[::4096] = b"x" * len(kept[::4096])
    time.sleep(60)


def make_files(count):
    for i in range(count):
        with open(f"{i}", "w"):
            pass


def long_file(size):
    with open("long", "wb") as file:
        for _ in range(size // 1_000_000):
            file.write(bytes(1_000_000))


def open_files(count):
    return len([open("/dev/null") for _ in range(count)])


def fill_sockets():
    kept = []
    while True:
        try:
            kept += socket.socketpair()
        except OSError:
            if os.fork():
                time.sleep(60)
            kept = []  # the parent has them
            continue
        for sock in kept[-2:]:
            sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    sock.send(bytes(10_000))


def fill_tables():
    """Touch a page in each 2 MB of a huge mapping that holds nothing."""
    huge = mmap.mmap(-1, 1 << 42, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)
    for start in range(0, 1 << 42, 1 << 21):
        huge[start]
    time.sleep(60)


def compute_unwaited(seconds):
    """Processes that are never waited for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if os.fork() == 0:
                compute(0.2)
                os._exit(0)
        time.sleep(0.05)


def shared_anonymous_memory():
    mmap.mmap(-1, 1_000_000)


def memory_file():
    os.memfd_create("hidden")


def core_size():
    return resource.getrlimit(resource.RLIMIT_CORE)


def compute(seconds=1e9):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def compute_in_many(seconds):
    """Processes of a fiftieth of a second, one after the other."""
    for _ in range(int(seconds * 50)):
        if os.fork() == 0:
            compute(0.02)
            os._exit(0)
        os.wait()


# Ends


def say_and_wait(seconds):
    say(value="waiting")
    time.sleep(seconds)


def exit_at_once(status):
    os._exit(status)


def leave(status):
    sys.exit(status)


def crash():
    ctypes.string_at(0)


def raise_out_of_run():
    raise SystemExit(0)


def endless_in_c():
    say(value="waiting")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sum(range(10**15))


def leave_survivors():
    """Processes that belong to nobody, hear no signal and go on for ever."""
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                    signal.signal(number, signal.SIG_IGN)
                while True:
                    time.sleep(1)
            os._exit(0)
        os.wait()
    return os.getpid()


def numbers():
    return os.getpid(), os.getppid(), threading.active_count()
