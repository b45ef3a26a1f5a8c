"""Files of a class: written completely or not at all, copied without following links."""

import contextlib
import os
import secrets
import shutil
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHECKPOINTS = ".ipynb_checkpoints"
IGNORED = {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", "__pycache__", CHECKPOINTS}

BEGUN = ".writing-"
SYNCED_AT_ONCE = 16  # files


def write_atomically(path, content, mode=0o666):
    """Write text or bytes so that a kill leaves the old file or the new one, never half of one.

    This also removes what a killed attempt has left. If two processes write the same file at once, the last one wins.

    Parameters
    ----------
    path : the file
    content : str or bytes
    mode : the most permissive mode. As with `open`, the umask restricts it for a new file, and an existing file keeps
        its permissions: somebody may have changed them on purpose, to share marks or to hide them.
    """
    begun = _Begun(path, content, mode)
    begun.sync()
    begun.put_in_place()


def write_all_atomically(contents):
    """`write_atomically` for many files, whose waits for the disk overlap.

    Parameters
    ----------
    contents : ``{path: str or bytes}``

    Returns
    -------
    problems : ``{path: OSError}``, of those that could not be written
    """
    problems = {}

    def tried(step, path, *args):
        try:
            return step(*args)
        except OSError as e:
            problems[path] = e

    begun = {path: tried(_Begun, path, path, content) for path, content in contents.items()}
    begun = {path: one for path, one in begun.items() if one}
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as threads:
        list(threads.map(lambda path: tried(begun[path].sync, path), begun))
    for path, one in begun.items():
        if path not in problems:
            tried(one.put_in_place, path)
    return problems


class _Begun:
    """A file that is written beside its place, in three steps; if one of them fails, nothing is left of it."""

    def __init__(self, path, content, mode=0o666):
        self._path = path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode("utf-8") if isinstance(content, str) else content
        begun = f"{BEGUN}{zlib.crc32(os.fsencode(path.name)):08x}-"  # hashed, since the name may already have the greatest length
        for left in [entry for entry in os.scandir(path.parent) if entry.name.startswith(begun)]:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(left)
        kept = None
        with contextlib.suppress(FileNotFoundError):
            kept = path.stat().st_mode & mode
        self._temporary = path.with_name(f"{begun}{secrets.token_hex(4)}")
        handle = os.open(self._temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode if kept is None else kept)
        self._file = os.fdopen(handle, "wb")
        with self._or_removed():
            if kept is not None:
                os.chmod(self._temporary, kept)
            self._file.write(data)
            self._file.flush()

    def sync(self):
        """Wait until it is on disk."""
        with self._or_removed(), self._file:
            os.fsync(self._file.fileno())

    def put_in_place(self):
        """Replace the file."""
        with self._or_removed(), contextlib.suppress(FileNotFoundError):  # another process has started, and removed it
            os.replace(self._temporary, self._path)

    @contextlib.contextmanager
    def _or_removed(self):
        try:
            yield
        except BaseException:
            self._file.close()
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)
            raise


def plain_files(folder):
    """All ordinary files below `folder`, sorted, links and litter left out.

    Returns
    -------
    files : dict, from path relative to `folder` to the file's path
    """
    found = {}
    for directory, subfolders, names in os.walk(folder, followlinks=False):
        subfolders[:] = sorted(s for s in subfolders if s not in IGNORED)
        for name in sorted(names):
            path = Path(directory, name)
            if name not in IGNORED and not name.startswith(("._", BEGUN)) and path.is_file() and not path.is_symlink():
                found[path.relative_to(folder)] = path
    return found


def copy_files(files, folder):
    """Copy ``{relative path: file}`` into `folder`."""
    for relative, path in files.items():
        target = Path(folder, relative)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            target.unlink()  # nbgrader leaves its copies read-only
        shutil.copyfile(path, target)
