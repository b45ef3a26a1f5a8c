"""The language model that the course brings along, trained as lesson 13 says: ``make language`` trains it again."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gru_ref.corpus import Characters
from gru_ref.language_model import LanguageModel
from gru_ref.layers import find_kind
from gru_ref.text import read_checked

TAUGHT_IN = {"*": None}  # a network trained beforehand: weights

STORED = Path(__file__).with_name("weights") / "language_model.npz"
_SHA256 = "24ebae4c92e7a57c0f346832120ad6bb5c82db5b1ff9c31da870601c4ecf3d0f"


class Trained(NamedTuple):
    """A LanguageModel of float32 arrays and of kind "gru", the Characters that it knows, and a dict on how it was made."""

    p: LanguageModel
    characters: Characters
    note: dict


def trained_language_model():
    """Read the language model that was trained beforehand: the GRU of seed 0 of the recorded experiment "language".

    It has read the training part of CPython 3.11's documentation, © Python Software Foundation, PSF licence.

    Returns
    -------
    trained : Trained

    Raises
    ------
    FileNotFoundError
        If the file with its weights is missing.
    ValueError
        If the file is not the one that belongs to this version of the course.
    """
    with np.load(read_checked(STORED, _SHA256)) as stored:
        characters, note = Characters(str(stored["characters"])), json.loads(str(stored["note"]))
        return Trained(unpack_language_model(stored, "gru"), characters, note)


def pack_language_model(p):
    """The arrays of a LanguageModel of one layer by their names, as they are stored."""
    ((cell,),) = p.network
    return {"embedding": p.embedding, "W": p.W, "b": p.b, **cell._asdict()}


def unpack_language_model(arrays, kind, dtype=np.float32):
    """The LanguageModel of `pack_language_model`, in a floating-point type."""
    fields = find_kind(kind).params
    cell = fields(*(arrays[name].astype(dtype) for name in fields._fields))
    embedding, W, b = (arrays[name].astype(dtype) for name in ("embedding", "W", "b"))
    return LanguageModel(embedding, [(cell,)], W, b)
