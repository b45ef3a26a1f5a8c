"""Labels of a text, character by character."""

import pytest

from gru_ref.marks import marks_of


def test_marks_of_a_text():
    marks = marks_of('Say "hi (x"\nnow')
    assert marks["inside quotes"].tolist() == [0] * 4 + [1] * 6 + [0] * 5
    assert marks["inside brackets"].tolist() == [0] * 8 + [1] * 3 + [0] * 4
    assert marks["letters so far"].tolist() == [1, 2, 3, 0, 0, 1, 2, 0, 0, 1, 0, 0, 1, 2, 3]
    assert marks["first letter"].tolist() == [19, 19, 19, 0, 0, 8, 8, 0, 0, 24, 0, 0, 14, 14, 14]
    assert marks["a blank 5 ago"].tolist() == [0] * 8 + [1, 0, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("text", ["", None, 3])
def test_marks_need_a_text(text):
    with pytest.raises(ValueError, match="at least one character"):
        marks_of(text)
