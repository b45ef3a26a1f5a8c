"""The recorded experiment of lesson 19: what the gates of five trained language models have in common.

``make experiments ARGS=inside`` records it. The models are lesson 13's GRUs, which are trained if ``build/language`` does not have
them: about a minute for each of five seeds, on one core. Beside each stands an untrained one of the same size, which is drawn from the same
seed. Both read the test part of the text.
"""

import functools
import time
from typing import NamedTuple

import numpy as np
from language import GRU, B, E, T, digest_of, text_of, trained
from scipy.stats import spearmanr

from gru_ref.inside import ablate, linear_probe, saturation
from gru_ref.language_model import bits_by_known, init_language_model
from gru_ref.marks import marks_of
from gru_ref.opened import open_language_model, traces_of
from gru_ref.traces import gate_traces, text_lags
from gru_ref.trees import astype, count

NEAR, FAR = 4, 64  # characters that stand in their order
PROBED = 20_000  # characters


class InsideSetting(NamedTuple):
    """One number that is measured: its name, and whether the model is trained."""

    name: str
    measure: str
    trained: bool
    kind: str = "gru"
    H: int = GRU.H

    @property
    def steps(self):
        """Of training."""
        return GRU.steps if self.trained else 0


class InsideTask(NamedTuple):
    """The experiment: seeds, and what is measured; steps is None, since models differ in it."""

    seeds: int
    settings: tuple
    steps: int | None = None
    packages: tuple = ("scipy",)

    def described(self):
        """All that the runs depend on, as it is written beside them."""
        return {
            "task": "inside the gates of language models",
            "text, SHA-256": digest_of(None),
            "E": E,
            "T": T,
            "B": B,
            "steps": GRU.steps,
            "lr": GRU.lr,
            "type": "float32",
            "characters probed": PROBED,
            "models": {s.name: {"measure": s.measure, "trained": s.trained, "H": s.H} for s in self.settings},
        }

    def run(self, setting, seed):
        """One row: a number, measured on the model of one seed; seconds is the time that all numbers of this model took."""
        p = model_of(setting.trained, seed)
        numbers, seconds = measured(setting.trained, seed)
        value = float(f"{numbers[setting.measure]:.6g}")
        return [
            (setting.name, setting.kind, setting.H, count(p.network), seed, setting.steps, value, round(seconds, 2))
        ]


@functools.lru_cache(maxsize=2)
def model_of(is_trained, seed):
    """The LanguageModel of a seed."""
    if is_trained:
        return trained(GRU, seed)[0]
    V = len(text_of(None)[1])
    return init_language_model("gru", V, E, GRU.H, np.random.default_rng([seed, 1]), dtype=np.float32)


@functools.lru_cache(maxsize=2)
def measured(is_trained, seed):
    """(dict of all numbers of a model, seconds of processor time)."""
    start = time.process_time()
    p, ids = model_of(is_trained, seed), text_of(None)[0][2]
    opened = open_language_model(p, ids)
    ((cell,),) = p.network
    traces = traces_of(opened)
    gates = {"r": traces.rs, "z": traces.zs}
    means = {gate: values.mean(axis=0) for gate, values in gates.items()}
    lags = text_lags(p.embedding, cell, ids)
    numbers = {
        "lag and z": spearmanr(lags, means["z"])[0],
        "lag and r": spearmanr(lags, means["r"])[0],
        "r and z": spearmanr(means["r"], means["z"])[0],
        "median lag": np.median(lags),
        "longest lag": lags.max(),
    }
    for gate, values in gates.items():
        below, above = saturation(values, 0.1, 0.9)
        numbers |= {f"{gate} mean": values.mean(), f"{gate} closed": below.mean(), f"{gate} open": above.mean()}
    changed = {"intact": cell} | {f"{gate} fixed": ablate(cell, gate, means[gate]) for gate in "rz"}
    for name, other in changed.items():
        numbers[f"bits, {name}"] = opened.losses(astype(other, np.float64)).mean()
        near, far = bits_by_known(p._replace(network=[(other,)]), ids, [NEAR, FAR]).mean(axis=1)
        numbers[f"gain of far characters, {name}"] = near - far
    return numbers | _probed(p), time.process_time() - start


def _probed(p):
    """What a linear probe reads off the states, less what it reads off nothing."""
    ids, characters = text_of(None)[0][2][:PROBED], text_of(None)[1]
    hs = gate_traces(p.embedding[ids][:, None], p.network[0][0]).hs[:, 0].astype(np.float64)
    marks = marks_of(characters.text(ids))
    return {f"probe, {name}": linear_probe(hs, labels)[0] for name, labels in marks.items()}


MEASURES = (
    "lag and z", "lag and r", "r and z", "median lag", "longest lag",
    "r mean", "r closed", "r open", "z mean", "z closed", "z open",
    *(f"{what}, {name}" for what in ("bits", "gain of far characters") for name in ("intact", "r fixed", "z fixed")),
    *(f"probe, {name}" for name in marks_of("a")),
)  # fmt: skip
TASKS = {
    "inside": InsideTask(
        5,
        tuple(
            InsideSetting(f"{'trained' if is_trained else 'untrained'}: {measure}", measure, is_trained)
            for is_trained in (True, False)
            for measure in MEASURES
        ),
    )
}
