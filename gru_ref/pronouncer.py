"""The network that pronounces English words, trained as lesson 15 says, and what it answered to all test words.

``make pronunciation`` trains it again. Reading the network imports torch, which takes a second or two.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.text import read_checked

TAUGHT_IN = {"*": None}  # a network trained beforehand: weights, and its answers

STORED = Path(__file__).with_name("weights") / "pronouncer.npz"
ANSWERS = STORED.with_name("pronunciation_answers.npz")
_LETTERS = re.compile("[a-z]+")
_SHA256 = {
    STORED: "4f24585762dc6defda275948697a548bca9ae2e47ae6678effcbcd8d107bab3c",
    ANSWERS: "4796212220004a7c239d6133f5c81a272e906a30ff0286d9a0d3f69dfc5ab978",
}


class Pronouncer(NamedTuple):
    """An `EncoderDecoder` in evaluation mode, the `Tokens` of letters and of phones, and a dict on how it was made."""

    model: object
    letters: object
    phones: object
    note: dict

    def encode(self, word):
        """A word as a (T,) array of int64, its end mark last: what `decoder_of` reads.

        Raises a ValueError unless word is a str of at least one letter, all of them small ones from a to z.
        """
        if not isinstance(word, str) or not _LETTERS.fullmatch(word):
            raise ValueError(
                f"word is {word!r}, but should be one word in small letters from a to z, such as 'walk': no capitals, spaces, "
                "digits or accents"
            )
        return self.letters.encode([list(word)])[0][:, 0]


class PronunciationAnswers(NamedTuple):
    """What models answered to N test words, which no base word has in common with the training words.

    words: list of N str; said: list of N lists of str, all pronunciations in the dictionary, phones with spaces between;
    answers: dict from a model's name to a list of N str; edits: dict from a model's name to (N,) integers, from its answer to
    the nearest of the pronunciations; lengths: the same for how many phones that one has.
    """

    words: list
    said: list
    answers: dict
    edits: dict
    lengths: dict


def trained_pronouncer():
    """Read the network that was trained beforehand: that of seed 0 of the recorded experiment "pronunciation".

    It has read the training part of the CMU Pronouncing Dictionary, © Carnegie Mellon University, under a licence like BSD's.

    Returns
    -------
    pronouncer : Pronouncer

    Raises
    ------
    FileNotFoundError
        If the file with its weights is missing.
    ValueError
        If the file is not the one that belongs to this version of the course.
    """
    import torch

    from gru_ref.encoder_decoder import EncoderDecoder
    from gru_ref.tokens import Tokens

    with np.load(read_checked(STORED, _SHA256[STORED])) as stored:
        letters, phones = (Tokens([str(stored[name]).split()]) for name in ("letters", "phones"))
        weights = {name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files if "." in name}
        note = json.loads(str(stored["note"]))
    E, H = weights["embed_source.weight"].shape[1], weights["decoder.weight_hh_l0"].shape[1]
    model = EncoderDecoder(len(letters), len(phones), E, H, attention=True, bidirectional=True)
    model.load_state_dict(weights)
    return Pronouncer(model.eval(), letters, phones, note)


def pronunciation_answers():
    """Read what the recorded models answered to the test words, so that intervals can be computed from it.

    Returns
    -------
    answers : PronunciationAnswers. The models are "gru, greedy" and "gru, beam", both of seed 0, "joint n-grams" and "nearest"

    Raises
    ------
    FileNotFoundError, ValueError
        As for `trained_pronouncer`.
    """
    with np.load(read_checked(ANSWERS, _SHA256[ANSWERS])) as stored:
        models = [str(name) for name in stored["models"]]

        def by_model(values):
            return dict(zip(models, values, strict=True))

        return PronunciationAnswers(
            str(stored["words"]).split(),
            json.loads(str(stored["said"])),
            by_model([str(text).split("\n") for text in stored["answers"]]),
            by_model(_integers(stored["edits"])),
            by_model(_integers(stored["lengths"])),
        )


def _integers(rows: ndarray):
    return list(rows.astype(np.int64))
