"""Recorded experiments can be read, are paired by seed, and are those that can be made anew."""

import sys

import numpy as np
import pytest

from grader.paths import course_root
from gru_ref import recordings
from gru_ref.comparison import BLOCKS
from gru_ref.recordings import recorded

sys.path.insert(0, str(course_root() / "benchmarks"))
from experiments import TASKS

NAMES = sorted(path.stem for path in (course_root() / "gru_ref" / "results").glob("*.csv"))


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_experiment_is_one_that_can_be_repeated(name):
    settings = {setting.name: setting for setting in TASKS[name].settings}
    for model, runs in recorded(name).items():
        assert (runs.kind, runs.H) == (settings[model].kind, settings[model].H)
        assert runs.parameters == BLOCKS[runs.kind] * runs.H * (TASKS[name].I + runs.H + 2)
        assert runs.values.shape == runs.seconds.shape == (len(runs.seeds), len(runs.steps))
        assert runs.steps[0] == 0 and runs.steps[-1] == TASKS[name].steps
        assert np.isfinite(runs.values).all() and (np.diff(runs.seconds, axis=1) >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_runs_of_all_models_are_paired_by_seed(name):
    seeds = [runs.seeds for runs in recorded(name).values()]
    assert all(np.array_equal(seeds[0], other) for other in seeds)


def test_an_unknown_experiment_is_answered_by_the_known_ones():
    with pytest.raises(ValueError, match="name is 'addng', but should be one of 'adding_200'"):
        recorded("addng")


def test_of_an_experiment_that_is_not_complete_only_common_seeds_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(recordings, "_FOLDER", tmp_path)
    rows = ["a,gru,2,36,0,0,1.5,0.0", "a,gru,2,36,0,9,0.5,2.0", "b,rnn,3,21,0,0,2.5,0.1", "b,rnn,3,21,0,9,1.0,1.0"]
    rows += ["a,gru,2,36,1,0,1.4,0.0", "a,gru,2,36,1,9,0.4,2.0"]  # seed 1 of b is still missing
    (tmp_path / "short.csv").write_text("model,kind,H,parameters,seed,step,value,seconds\n" + "\n".join(rows) + "\n")
    runs = recorded("short")
    assert list(runs) == ["a", "b"]
    assert runs["a"].seeds.tolist() == runs["b"].seeds.tolist() == [0]
    assert runs["a"].values.tolist() == [[1.5, 0.5]] and runs["b"].steps.tolist() == [0, 9]
