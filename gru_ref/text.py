"""Networks trained to write, character by character. ``make writer`` trains them again. Introduced in lesson 05."""

import hashlib
import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.params import GRUParams

TAUGHT_IN = {"*": None}  # networks trained beforehand: weights

_FILE = Path(__file__).with_name("weights") / "writer.npz"
_SHA256 = "47b1327010ed368a63d14e3c5c66f98490ba61b99a060f26d78a9a68d6160bc3"
_EXPLORER_FILE = _FILE.with_name("explorer.npz")
_EXPLORER_SHA256 = "fe3e71ddca8cf6b96d71bca08d6583aee0270a929a9f8a92af5165d765814a29"


class Writer(NamedTuple):
    """A GRU that reads one-hot characters, and a score for each character that may come next.

    characters: str of length V, and character k is the input with a 1 at place k; p: GRUParams with I = V; the scores
    after state h are h Wᵀ + b with W (V, H), b (V,); note: dict with its training data and settings.
    """

    characters: str
    p: GRUParams
    W: ndarray
    b: ndarray
    note: dict

    def one_hot(self, character):
        """The input (1, V) that stands for a character; ValueError if the network does not know it."""
        place = self.characters.find(character)
        if place < 0 or len(character) != 1:
            raise ValueError(
                f"{character!r} is not one of the {len(self.characters)} characters that the network knows"
            )
        return np.eye(len(self.characters))[[place]]


def trained_writer():
    """Read the network that was trained to continue text.

    It has read the prose in CPython's own documentation, © Python Software Foundation, PSF licence: the topics that
    Python's ``help`` shows, and the docstrings of the standard library.

    Returns
    -------
    writer : Writer, of float64 arrays

    Raises
    ------
    FileNotFoundError
        If the file with its weights is missing.
    ValueError
        If the file is not the one that belongs to this version of the course.
    """
    return read_writer(_FILE, _SHA256)


def trained_explorer():
    """Read the network of the gate explorer, ``docs/gates.html``: it learned the same text, with fewer units.

    They are in the order of their memory: unit 0 keeps the most of its state, on average over text that it never read.

    Returns
    -------
    writer : Writer, of float64 arrays, with H = 64

    Raises
    ------
    FileNotFoundError, ValueError
        As `trained_writer`.
    """
    return read_writer(_EXPLORER_FILE, _EXPLORER_SHA256)


def read_writer(path, sha256):
    """Read the Writer in an ``.npz`` file whose SHA-256 must be `sha256`; errors are those of `trained_writer`."""
    with np.load(read_checked(path, sha256)) as stored:
        arrays = {name: stored[name].astype(np.float64) for name in (*GRUParams._fields, "W", "b")}
        characters, note = str(stored["characters"]), json.loads(str(stored["note"]))
    p = GRUParams(*(arrays[name] for name in GRUParams._fields))
    return Writer(characters, p, arrays["W"], arrays["b"], note)


def read_checked(path, sha256):
    """The bytes of a file whose SHA-256 must be `sha256`, as a file; errors are those of `trained_writer`."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing, but should hold a trained network: install the course again")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise ValueError(
            f"{path} has the SHA-256 {digest[:12]}…, but should have {sha256[:12]}…: it is damaged, or from another version. "
            "Install the course again"
        )
    return io.BytesIO(data)
