"""The course is found from any folder in it, and by where the package lies; otherwise one sentence says what to do."""

import pytest

from grader import paths


def test_it_is_found_from_below(tmp_path, monkeypatch):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "nbgrader_config.py").touch()
    below = tmp_path / "notebooks" / "03_gates"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert paths.course_root() == tmp_path


def test_it_is_found_where_the_package_lies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (paths.course_root() / "solutions" / "03_gates.py").is_file()


def test_without_a_course_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "grader" / "paths.py"))
    with pytest.raises(paths.NoCourse, match="Change into the folder that you cloned"):
        paths.course_root()
