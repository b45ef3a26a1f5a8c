"""Linux's calls for isolation that Python 3.11 lacks: namespaces, mounts, prctl, capabilities."""

import ctypes
import itertools
import os

# unshare(2)
NEW_MOUNTS = 0x00020000
NEW_CGROUP = 0x02000000
NEW_NAMES = 0x04000000  # host name
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PIDS = 0x20000000
NEW_NET = 0x40000000
NEW_ALL = NEW_MOUNTS | NEW_CGROUP | NEW_NAMES | NEW_IPC | NEW_USER | NEW_PIDS | NEW_NET

# mount(2)
READ_ONLY, NO_SUID, NO_DEV, NO_EXEC = 1, 2, 4, 8
REMOUNT, BIND, RECURSIVE, PRIVATE = 32, 4096, 16384, 1 << 18

# prctl(2)
SET_DEATH_SIGNAL = 1
SET_DUMPABLE = 4
SET_SECCOMP = 22
DROP_BOUND = 24
SET_SUBREAPER = 36
SET_NO_NEW_PRIVILEGES = 38
AMBIENT, CLEAR_ALL = 47, 4

_libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def unshare(flags):
    """Move to new namespaces. Raises OSError."""
    _call("unshare", flags)


def mount(source, target, kind=None, flags=0, options=None):
    """As mount(2). Raises OSError."""
    texts = [None if text is None else text.encode() for text in (source, target, kind, options)]
    _call("mount", *texts[:3], ctypes.c_ulong(flags), texts[3])


def prctl(option, *values):
    """As prctl(2). Raises OSError."""
    values = (*values, 0, 0, 0, 0)[:4]
    _call("prctl", option, *(v if isinstance(v, ctypes.c_void_p) else ctypes.c_ulong(v) for v in values))


def die_with_parent():
    """Have this process killed as soon as its parent ends."""
    prctl(SET_DEATH_SIGNAL, 9)


def drop_capabilities():
    """Give up every capability in this process's user namespace, also for programs that it executes."""
    prctl(SET_NO_NEW_PRIVILEGES, 1)
    prctl(AMBIENT, CLEAR_ALL)
    for capability in itertools.count():
        try:
            prctl(DROP_BOUND, capability)
        except OSError:  # there are no more
            break
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())


def _call(name, *values):
    if getattr(_libc, name)(*values) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
