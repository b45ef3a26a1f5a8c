"""Files of the course that an install without solutions holds sealed: compressed and scrambled, and opened in memory alone.

Beside the place of ``gates.md`` there is then ``gates.md.sealed`` instead of it, and ``gates.py`` is one line that opens
``gates.py.sealed``. This keeps an answer from being found by chance: by a search of the files, with ``??`` in a notebook, or
in a traceback. It is no encryption. Whoever sets out to open these files on their own machine can.
"""

import hashlib
import zlib
from pathlib import Path

TAUGHT_IN = {"*": None}  # files

SUFFIX = ".sealed"
HEAD = b"Sealed, because the install without solutions holds no answer as text: see docs/instructors.md.\n"
# One line: what is opened has no code in it, so that no traceback quotes a line of this instead.
STUB = '__import__("gru_ref.sealing").sealing.open_module(globals())\n'


def seal(text, name):
    """The sealed form of a file's text, as bytes; `name` is the file's name without its folder, ``"gates.py"``."""
    return HEAD + _scrambled(zlib.compress(text.encode("utf-8"), 9), name)


def unseal(data, name):
    """The text that `seal` has sealed under this name.

    Raises
    ------
    ValueError
        If the data is not what `seal` returned for a file of this name.
    """
    if not data.startswith(HEAD):
        raise ValueError(f"{name}{SUFFIX} does not begin with the line of a sealed file: install the course again")
    try:
        return zlib.decompress(_scrambled(data[len(HEAD) :], name)).decode("utf-8")
    except (zlib.error, UnicodeDecodeError) as e:
        raise ValueError(f"{name}{SUFFIX} is damaged ({e}): install the course again") from None


def read_text(path):
    """The text of a file of the course, whether it is sealed or not."""
    path = Path(path)
    sealed = sealed_path(path)
    if sealed.exists():
        return unseal(sealed.read_bytes(), path.name)
    return path.read_text(encoding="utf-8")


def sealed_path(path):
    """Where the sealed form of a file is, if there is one."""
    return path.with_name(path.name + SUFFIX)


def files(folder, pattern):
    """Sorted paths of the files in `folder` that match `pattern`, such as ``"*.md"``, as they are called when not sealed."""
    sealed = {path.with_name(path.name.removesuffix(SUFFIX)) for path in Path(folder).glob(pattern + SUFFIX)}
    return sorted({*Path(folder).glob(pattern), *sealed})


def open_module(namespace):
    """Run a sealed module's code in its namespace. The name of its file stays, and that file has none of the lines."""
    path = namespace["__file__"]
    exec(compile(read_text(path), path, "exec", dont_inherit=True), namespace)


def _scrambled(data, name):
    """The data, combined with a stream of bytes that the name determines; the same again gives the data back."""
    stream = hashlib.shake_256(name.encode()).digest(len(data))
    return (int.from_bytes(data) ^ int.from_bytes(stream)).to_bytes(len(data))
