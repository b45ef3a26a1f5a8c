"""The warm process: everything is imported, and it is forked for one submission after the other.

`grader.judge.sandbox` starts it; it holds no secret, and never runs a line of a submission.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading

from grader.judge.guest import jail, kernel


def main(number):
    """Serve the judge on the open socket `number` until that is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    judge = socket.socket(fileno=number)
    try:
        rules = _receive(judge)
        _become(rules["user"])
        entry = _warm_up(rules)
    except BaseException as error:
        judge.sendall(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        raise
    judge.sendall(b'{"ready": true}\n')
    _serve(judge, entry, rules)


def _receive(judge):
    with judge.makefile("rb") as stream:
        return json.loads(stream.readline())


def _become(user):
    """Become user number `user`, without any rights; None: stay the same user."""
    if user is not None:
        try:
            for folder in ("/tmp", "/hand-in"):
                os.chown(folder, user, user)
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        except OSError as error:
            raise RuntimeError(f"root cannot become user {user} here ({error}): grade as an ordinary user") from None
        kernel.prctl(kernel.SET_DUMPABLE, 1)  # otherwise it may not write its own /proc/self/uid_map
    if sys.platform == "linux":
        kernel.die_with_parent()  # changing the user has reset that


def _warm_up(rules):
    for name in rules["preload"]:
        importlib.import_module(name)
    module, _, function = rules["entry"].partition(":")
    module = importlib.import_module(module)
    if hasattr(module, "prepare"):
        module.prepare()
    threads = _threads()
    if threads > 1:
        names = ", ".join(t.name for t in threading.enumerate())
        raise RuntimeError(
            f"the warm process has {threads} threads ({names}), but must have 1: a fork loses the others"
        )
    gc.enable()
    gc.collect()
    gc.freeze()  # a submission's garbage collector does not touch it, and so does not copy it
    return getattr(module, function)


def _threads():
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _serve(judge, entry, rules):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for keepers: they report to the judge
    while True:
        asked, numbers, _, _ = socket.recv_fds(judge, 1, 2)
        if not asked:
            return
        sockets = [socket.socket(fileno=n) for n in numbers]
        for sock in sockets:
            sock.set_inheritable(False)
        if os.fork() == 0:
            judge.close()
            jail.keep(*sockets, entry, rules)
        for sock in sockets:
            sock.close()
