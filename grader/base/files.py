"""Files of a class: written completely or not at all, copied without following links."""

import contextlib
import os
import secrets
import shutil
import zlib
from pathlib import Path

CHECKPOINTS = ".ipynb_checkpoints"
IGNORED = {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", "__pycache__", CHECKPOINTS}

BEGUN = ".writing-"


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
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    begun = f"{BEGUN}{zlib.crc32(os.fsencode(path.name)):08x}-"  # hashed, since the name may already have the greatest length
    for left in [entry for entry in os.scandir(path.parent) if entry.name.startswith(begun)]:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(left)
    kept = None
    with contextlib.suppress(FileNotFoundError):
        kept = path.stat().st_mode & mode
    temporary = path.with_name(f"{begun}{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode if kept is None else kept)
    try:
        with os.fdopen(handle, "wb") as f:
            if kept is not None:
                os.chmod(temporary, kept)
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        with contextlib.suppress(FileNotFoundError):  # another process has started, and removed it
            os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
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
