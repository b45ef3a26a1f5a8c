"""Files of a class: written whole or not at all, copied without following links."""

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

    What a kill has left of an earlier attempt goes too. Of two who write the same file at once, the last one wins.

    Parameters
    ----------
    path : the file
    content : str or bytes
    mode : who may read and write it at most. As with `open`, the umask takes off what it says from a new file, and a file
        that exists keeps its permissions: whoever has changed them meant it, to share marks or to hide them.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    begun = f"{BEGUN}{zlib.crc32(os.fsencode(path.name)):08x}-"  # as a name may be as long as names can be
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
        with contextlib.suppress(FileNotFoundError):  # another one has begun, and removed it
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
