"""The system calls that are forbidden to a submission, as a seccomp filter.

A process without capabilities in namespaces of its own could still make new user namespaces (and be root in them), reach
sockets that belong to no network namespace (vsock), inspect other processes, or keep memory that is not counted.
Each such call fails with an error, so that a submission sees an ordinary OSError.
"""

import ctypes
import errno
import os
import struct

from grader.judge.guest import kernel

# Numbers of the calls: on x86-64, on 64-bit ARM.
CALLS = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "kcmp": (312, 272),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setns": (308, 268),
    "shmget": (29, 194),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
CLONE, CLONE3 = (56, 220), (435, 435)
SOCKETS = ((41, 198), (53, 199))  # socket, socketpair
MMAP = (9, 222)
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

FAMILIES = (1, 2, 10)  # UNIX, and the internet's two, which lead nowhere here
SHARED_ANONYMOUS = 0x21
FOREIGN_CALLS = 0x40000000  # x32's numbers begin here

# Instructions of the filter: load a word, and what to do with it.
_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16


def known_machine():
    """Whether the calls' numbers are known for this kind of processor."""
    return os.uname().machine in MACHINES


def refuse_calls():
    """Forbid the calls above to this process and its children, permanently. Raises OSError."""
    program = _program(*MACHINES[os.uname().machine])
    code = ctypes.create_string_buffer(b"".join(program))
    described = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    kernel.prctl(kernel.SET_SECCOMP, 2, ctypes.c_void_p(ctypes.addressof(described)))


def _program(column, machine):
    program = [
        _do(_LOAD, _MACHINE),
        _do(_EQUAL, machine, skip_if=1),
        _do(_RETURN, _KILL),
        _do(_LOAD, _NUMBER),
        _do(_AT_LEAST, FOREIGN_CALLS, skip_unless=1),
        _refuse(errno.ENOSYS),
    ]
    for numbers in CALLS.values():
        program += _on(numbers[column], [_refuse(errno.EPERM)])
    # The C library falls back to clone, whose flags the filter can read; it cannot read those of clone3.
    program += _on(CLONE3[column], [_refuse(errno.ENOSYS)])
    program += _on(
        CLONE[column],
        [_load_argument(0), _do(_ANY_BIT, kernel.NEW_ALL, skip_unless=1), _refuse(errno.EPERM), _do(_RETURN, _ALLOW)],
    )
    for numbers in SOCKETS:
        allowed = [_do(_EQUAL, f, skip_if=len(FAMILIES) - i) for i, f in enumerate(FAMILIES)]
        program += _on(
            numbers[column], [_load_argument(0), *allowed, _refuse(errno.EAFNOSUPPORT), _do(_RETURN, _ALLOW)]
        )
    # Such memory can exist without being in any process's page tables.
    program += _on(
        MMAP[column],
        [
            _load_argument(3),
            _do(_AND, SHARED_ANONYMOUS),
            _do(_EQUAL, SHARED_ANONYMOUS, skip_unless=1),
            _refuse(errno.ENOMEM),
            _do(_RETURN, _ALLOW),
        ],
    )
    return [*program, _do(_RETURN, _ALLOW)]


def _on(number, steps):
    return [_do(_EQUAL, number, skip_unless=len(steps)), *steps]


def _load_argument(index):
    return _do(_LOAD, _ARGUMENTS + 8 * index)  # the low word: both machines are little-endian


def _refuse(number):
    return _do(_RETURN, _ERROR | number)


def _do(code, value, skip_if=0, skip_unless=0):
    return struct.pack("HBBI", code, skip_if, skip_unless, value)
