"""The recorded runs of the lessons' long experiments; ``make experiments`` records them again."""

import csv
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy import ndarray

TAUGHT_IN = {"*": None}  # recorded runs

RESULTS = Path(__file__).with_name("results")


class Runs(NamedTuple):
    """The runs of one model in one experiment: N seeds, each evaluated K times.

    kind, H, parameters: the model, and its number of recurrent parameters (from lesson 14 on of all parameters); seeds (N,);
    steps (K,), after how many steps of training it was evaluated; values (N, K), the evaluations; seconds (N, K), the time
    until then.
    """

    kind: str
    H: int
    parameters: int
    seeds: ndarray
    steps: ndarray
    values: ndarray
    seconds: ndarray


def recorded(name, folder=RESULTS):
    """Read a recorded experiment.

    Parameters
    ----------
    name : "marked_first", "marked_anywhere" (lesson 09), "sweep" (10), "race", "copying_short", "overfitting", "counting",
        "adding_200", "adding_600", "adding_600_forget_bias", "copying" (12), "language_rates", "language", "language_test",
        "language_reach" (13), "order_of_words", "spelling" (14), "translation", "translation_by_length", "pronunciation",
        "pronunciation_words", "pronunciation_phones" (15), "speech", "speech_noise", "vowels" (16), "music_rates",
        "music", "music_epochs", "music_keys" (17), "forecasts", "forecast_intervals", "forecast_blocks" or
        "forecast_leaks" (18)
    folder : Path of its files; by default the course's own records

    Returns
    -------
    runs : dict from a model's name to its Runs, in the order of recording. In an incomplete
        experiment, seeds that some model lacks are left out: row k of one model's values is paired with row k of another's.

    Raises
    ------
    ValueError
        If there is no such experiment.
    """
    _check_name(name, folder)
    models = {}
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            models.setdefault(row["model"], {}).setdefault(int(row["seed"]), []).append(row)
    seeds = sorted(set.intersection(*map(set, models.values())))
    return {model: _runs(by_seed, seeds) for model, by_seed in models.items()}


def about_recorded(name, folder=RESULTS):
    """Return the settings and circumstances under which an experiment was recorded.

    Parameters
    ----------
    name, folder : as for `recorded`

    Returns
    -------
    about : dict. "settings" holds everything that the runs depend on: task, sizes, steps, lr, and under "models" each
        model's own settings; in lessons 13 and 14 also the SHA-256 of the texts. "made" lists the recordings, each a dict
        with its "date" (ISO 8601), the version of the "course", of "python", of "numpy" and, in lesson 14, of "torch" and
        "scikit-learn", and the "processor"; a value that was not recorded is None.

    Raises
    ------
    ValueError
        If there is no such experiment.
    """
    _check_name(name, folder)
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def _check_name(name, folder):
    known = sorted(path.stem for path in folder.glob("*.csv"))
    if name not in known:
        raise ValueError(f"name is {name!r}, but should be one of {', '.join(map(repr, known))}")


def _runs(by_seed, seeds):
    some = next(iter(by_seed.values()))

    def column(key):
        return np.array([[float(row[key]) for row in by_seed[seed]] for seed in seeds]).reshape(len(seeds), len(some))

    return Runs(
        kind=some[0]["kind"],
        H=int(some[0]["H"]),
        parameters=int(some[0]["parameters"]),
        seeds=np.array(seeds, int),
        steps=np.array([int(row["step"]) for row in some]),
        values=column("value"),
        seconds=column("seconds"),
    )
