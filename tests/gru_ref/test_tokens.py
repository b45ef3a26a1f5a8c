"""Sentences become numbers and come back."""

import numpy as np
import pytest

from gru_ref.tokens import END, PAD, START, Tokens

TOKENS = Tokens([["b", "a"], ["c"], []])


def test_sentences_come_back_and_each_is_closed_by_its_end_mark():
    batch, lengths = TOKENS.encode([["a", "c", "b"], [], ["b"]])
    assert batch.tolist() == [[3, END, 4], [5, PAD, END], [4, PAD, PAD], [END, PAD, PAD]]
    assert lengths.tolist() == [4, 1, 2] and batch.dtype == lengths.dtype == np.int64 and len(TOKENS) == 6
    assert TOKENS.decode([3, 5, 4, PAD, START, END]) == ["a", "c", "b", "<pad>", "<start>", "<end>"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Tokens([]), "sentences is empty, but should be a list of at least one sentence"),
        (lambda: Tokens("abc"), "sentences is a str, but"),
        (lambda: Tokens([["a"], "bc"]), r"sentences\[1\] is 'bc', but should be a list of str"),
        (lambda: Tokens([["a", 1]]), r"sentences\[0\] is \['a', 1\]"),
        (lambda: Tokens([[]]), "holds no token at all"),
        (lambda: TOKENS.encode([["a", "z"]]), r"'z' is not one of the 3 known tokens: a, b, c"),
        (lambda: TOKENS.decode([3, 6]), "6 is no token's number: they are integers from 0 to 5"),
        (lambda: TOKENS.decode([3.0]), "3.0 is no token's number: they are integers"),
        (lambda: TOKENS.decode("34"), "'3' is no token's number"),
        (lambda: TOKENS.decode([-1]), "-1 is no token's number"),
    ],
)
def test_what_cannot_be_numbered_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
