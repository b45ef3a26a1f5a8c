"""Files of a class: written whole or not at all, copied without following links."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

IGNORED = {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", "__pycache__", ".ipynb_checkpoints"}


def write_atomically(path, content, mode=0o644):
    """Write text or bytes so that a kill leaves the old file or the new one, never half of one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        os.chmod(temporary, mode)
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
            if (
                name not in IGNORED
                and not name.startswith(("._", ".writing-"))
                and path.is_file()
                and not path.is_symlink()
            ):
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
