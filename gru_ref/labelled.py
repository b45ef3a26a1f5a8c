"""Texts with labels, and a reader's own file of them. Introduced in lesson 14."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy import ndarray

TAUGHT_IN = {"*": None}  # reads files

MOST_NAMED = 3


class Labelled(NamedTuple):
    """Texts and their classes.

    texts: list of N str; labels (N,) integers, text k is of class ``classes[labels[k]]``; classes: tuple of str.
    """

    texts: list
    labels: ndarray
    classes: tuple


def read_labelled(path):
    """Read a file with one text in each line: the text, a tab, its label.

    Parameters
    ----------
    path : str or Path of a UTF-8 text file. Blank lines count, in numbering, but hold nothing

    Returns
    -------
    data : Labelled; its classes are the different labels in the file, sorted

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line is not a text, one tab and a label, all of them not empty; the message gives the numbers of the lines,
        counted from 1. If the file is not UTF-8, or does not hold two different labels.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}: the path counts from {Path.cwd()}")
    texts, labels, bad = [], [], []
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        problem = _problem(line)
        if problem:
            bad.append(f"line {number} {problem}")
            continue
        text, _, label = line.partition("\t")
        texts.append(text.strip())
        labels.append(label.strip())
    if bad:
        more = f", and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
        raise ValueError(f"{path}: {'; '.join(bad[:MOST_NAMED])}{more}. A line should be: text, one tab, label")
    classes = tuple(sorted(set(labels)))
    if len(classes) < 2:
        found = f"only the label {classes[0]!r}" if classes else "no line at all"
        raise ValueError(f"{path} holds {found}, but there should be at least two different labels")
    return Labelled(texts, np.array([classes.index(label) for label in labels]), classes)


def _lines(path):
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}: line {number} is not UTF-8 (byte {data[error.start]:#04x}): save the file as UTF-8"
        ) from error
    return [line.removesuffix("\r") for line in text.split("\n")]


def _problem(line):
    """What is wrong with a line, in words, or None."""
    tabs = line.count("\t")
    if tabs != 1:
        return f"holds {tabs or 'no'} tab{'s' if tabs > 1 else ''}: {line[:40]!r}"
    text, _, label = line.partition("\t")
    if not text.strip() or not label.strip():
        return f"has no {'text before' if not text.strip() else 'label behind'} its tab"
    return None
