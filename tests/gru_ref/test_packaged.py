"""Data of installed packages: what is missing or has changed is named, with both versions and a way out."""

import hashlib
import importlib.metadata
import importlib.util
import sys

import pytest

from gru_ref.packaged import Packaged

NUMBERS = Packaged("numbers-of-all", "1.2.3", "all numbers", "all_numbers", "all_numbers_module")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A folder of two files in a package that would fail if it were imported."""
    folder = tmp_path / "all_numbers_module"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (folder / "b.txt").write_bytes(b"two\r\nthree\n")
    (folder / "a.txt").write_bytes(b"one\n")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_the_folder_is_found_and_the_package_is_not_imported(installed):
    assert NUMBERS.folder() == installed
    assert "all_numbers_module" not in sys.modules


def test_the_source_says_the_installed_version(monkeypatch):
    assert NUMBERS.source == "numbers-of-all of unknown version"
    monkeypatch.setattr(importlib.metadata, "version", {"numbers-of-all": "1.3"}.__getitem__)
    assert NUMBERS.source == "numbers-of-all 1.3"


@pytest.mark.parametrize("module", ["all_numbers_module", "json.decoder"])
def test_without_the_package_the_message_says_what_to_install(module):
    """Neither a module that is not there nor one that is no package has a folder."""
    with pytest.raises(
        ModuleNotFoundError, match=r"holds all numbers, is not installed: pip install numbers-of-all==1\.2\.3"
    ) as e:
        NUMBERS._replace(module=module).folder()
    assert e.value.name == module


def test_one_file_is_read_as_it_is(installed):
    data = b"two\r\nthree\n"
    assert NUMBERS.read(str(installed / "b.txt"), len(data), sha256(data)) == data


def test_another_file_is_refused_and_read_on_request(installed):
    told = (
        r"b\.txt has 11 bytes and the SHA-256 [0-9a-f]{12}… \(of numbers-of-all of unknown version\), but was tested with 1,000 "
        r"and 0{12}…: pip install numbers-of-all==1\.2\.3 installs what was tested; all_numbers\(tested_only=False\)"
    )
    with pytest.raises(ValueError, match=told):
        NUMBERS.read(installed / "b.txt", 1000, "0" * 64)
    assert NUMBERS.read(installed / "b.txt", 1000, "0" * 64, tested_only=False) == b"two\r\nthree\n"


def test_a_missing_file_is_named_even_if_any_would_do(installed):
    for tested_only in (True, False):
        with pytest.raises(ValueError, match=r"c\.txt is missing, but should hold all numbers: pip install"):
            NUMBERS.read(installed / "c.txt", 1000, "0" * 64, tested_only)


def test_all_files_are_compared_as_one_whatever_their_line_ends(installed):
    files = {"a.txt": b"one\n", "b.txt": b"two\nthree\n"}
    digest = sha256(b"a.txtone\nb.txttwo\nthree\n")
    assert NUMBERS.read_all(installed, "*.txt", 2, digest) == files
    (installed / "a.txt").rename(installed / "c.txt")
    with pytest.raises(ValueError, match=r"holds 2 files and the SHA-256 .*was tested with 2 and .*tested_only=False"):
        NUMBERS.read_all(installed, "*.txt", 2, digest)
    assert list(NUMBERS.read_all(installed, "*.txt", 2, digest, tested_only=False)) == ["b.txt", "c.txt"]
    with pytest.raises(ValueError, match=r"holds no files \*\.xml, but should hold all numbers, 2 files: pip install"):
        NUMBERS.read_all(installed, "*.xml", 2, digest, tested_only=False)
