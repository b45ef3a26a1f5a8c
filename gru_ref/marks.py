"""What stands where in a text, character by character: labels for a probe. Introduced in lesson 19."""

import numpy as np

TAUGHT_IN = {"*": None}  # data

LONGEST = 8  # letters of a word that are counted


def marks_of(text):
    """Properties of a text that no network was ever told.

    Parameters
    ----------
    text : str of at least one character

    Returns
    -------
    marks : dict of (N,) arrays of integers, one entry for each character. "inside quotes" and "inside brackets": 1 from the opening " or ( on
        until before the closing one; a new line ends both. "letters so far": how many letters of the current word were read,
        this one counted, 8 for 8 and more, 0 behind a word. "first letter": of the current word, 1 for a to 26 for z, 0 behind a word.
        "a blank 5 ago": 1 if the character 5 steps before was a blank

    Raises
    ------
    ValueError
        If text is no str, or empty.
    """
    if not isinstance(text, str) or not text:
        raise ValueError(f"text is {text!r}, but should be a str of at least one character")
    rows, quoted, bracketed, letters, first = [], False, False, 0, 0
    for i, c in enumerate(text):
        quoted = (quoted != (c == '"')) and c != "\n"
        bracketed = (bracketed or c == "(") and c not in ")\n"
        letters = letters + 1 if c.isalpha() else 0
        if letters < 2:
            first = ord(c.lower()) - ord("a") + 1 if letters and "a" <= c.lower() <= "z" else 0
        rows.append((quoted, bracketed, min(letters, LONGEST), first, i >= 5 and text[i - 5] == " "))
    names = ("inside quotes", "inside brackets", "letters so far", "first letter", "a blank 5 ago")
    return dict(zip(names, np.array(rows, int).T, strict=True))
