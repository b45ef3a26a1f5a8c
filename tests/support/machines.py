"""A machine to throw away: this one's files, to which a test adds users and settings, and of which nothing remains.

Its root is an overlay of this machine's in a mount namespace of its own, and its processes are in a process namespace of
their own. What is written there is in memory, and is gone, with all processes, when the machine ends, or the test is killed.
The network is this machine's.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PROGRAMS = ("unshare", "nsenter", "mount", "pivot_root", "useradd", "groupadd", "chpasswd", "runuser", "bash")
# It ends with the shell that runs this, which ends when its input does. Arguments: an empty folder, then the paths that
# all users may pass and read.
BEGIN = r"""
set -eu
memory=$1; root=$memory/root; shift
mount -t tmpfs -o mode=755 tmpfs "$memory"
overlay() {  # of a folder, in which the machine can write as it likes
    mkdir -p "$memory/of/$2/upper" "$memory/of/$2/work" "$root$1"
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$memory/of/$2/upper,workdir=$memory/of/$2/work" "$root$1"
}
overlay / 0
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
number=0
for path in "$@"; do
    number=$((number + 1))
    test "$(stat -c %d "$path")" = "$(stat -c %d /)" || overlay "$path" $number
    while test "$path" != /; do
        test -x "$root$path" && chmod o+x "$root$path"
        path=$(dirname "$path")
    done
done
mkdir -p "$root/run/before"
cd "$root"
pivot_root . run/before
cd /
umount -l /run/before
rmdir /run/before
echo ready
read -r _ || true
"""


def what_is_missing():
    """Why this machine cannot make others, in words; "" if it can."""
    if os.geteuid() != 0:
        return "it needs root, to make users"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"programs are missing: {', '.join(missing)}"
    try:
        with Machine():
            return ""
    except MachineError as e:
        return f"this machine does not allow namespaces and overlays: {e}"


class MachineError(RuntimeError):
    """The machine could not be made, or a command on it failed."""


class Machine:
    """With users and processes of its own, until the block ends.

    Parameters
    ----------
    open_paths : folders that all its users may reach; those above them are opened for passing, on this machine alone
    environment : variables of all its processes, beside HOME and USER
    """

    def __init__(self, open_paths=(), environment=None):
        self._paths = [str(Path(path).resolve()) for path in open_paths]
        self._environment = {"LANG": "C.UTF-8", "PATH": os.environ["PATH"], **(environment or {})}

    def __enter__(self):
        self._folder = tempfile.mkdtemp()
        namespaces = ("--mount", "--pid", "--fork", "--kill-child", "--propagation", "private")
        self._process = subprocess.Popen(
            ["unshare", *namespaces, "bash", "-c", BEGIN, "machine", self._folder, *self._paths],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self._process.stdout.readline() != "ready\n":
            _, errors = self._process.communicate()
            Path(self._folder).rmdir()
            raise MachineError(errors.strip() or "no reason was given")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        self._init = children.read_text().split()[0]
        return self

    def __exit__(self, *_):
        self._process.communicate()  # closes its input
        Path(self._folder).rmdir()

    def start(self, user, *command, cwd=None, environment=None, **options):
        """Start a command as one of its users; returns the Popen."""
        home = "/root" if user == "root" else f"/home/{user}"
        variables = self._environment | {"HOME": home, "USER": user} | (environment or {})
        enter = ("nsenter", f"--target={self._init}", "--mount", "--pid", f"--root=/proc/{self._init}/root", "--wd=/")
        become = ("runuser", "-u", user, "--", "env", f"--chdir={cwd or home}", "--ignore-environment")
        settings = (f"{name}={value}" for name, value in variables.items())
        return subprocess.Popen([*enter, *become, *settings, *map(str, command)], text=True, **options)

    def run(self, user, *command, given=None, succeeds=True, **options):
        """Run a command as one of its users; returns the CompletedProcess, whose `stdout` has the errors, too.

        Raises
        ------
        MachineError
            If it fails, and `succeeds` is not False.
        """
        process = self.start(user, *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)  # fmt: skip
        said, _ = process.communicate(given, timeout=180)
        if succeeds and process.returncode:
            raise MachineError(f"{user}: {' '.join(map(str, command))} ended with {process.returncode}:\n{said}")
        return subprocess.CompletedProcess(command, process.returncode, said)
