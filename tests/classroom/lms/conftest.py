"""Files that Canvas and Moodle exported."""

import pytest

from tests.support import exports


@pytest.fixture
def canvas(tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_text(exports.CANVAS, encoding="utf-8")
    return path


@pytest.fixture
def worksheet(tmp_path):
    path = tmp_path / "worksheet.csv"
    path.write_text(exports.WORKSHEET, encoding="utf-8")
    return path
