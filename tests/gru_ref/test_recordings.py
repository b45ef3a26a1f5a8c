"""Recorded experiments can be read, are paired by seed, and are those that can be made again."""

import datetime
import functools
import json
import re
import sys

import numpy as np
import pytest
from scipy import stats

from grader.base.paths import course_root
from gru_ref.comparison import BLOCKS, compare, match_budget
from gru_ref.corpus import documentation
from gru_ref.init import init_gru, init_lstm
from gru_ref.model import init_model, model_loss, model_loss_and_grads
from gru_ref.recordings import RESULTS, about_recorded, recorded
from gru_ref.splits import families
from gru_ref.tasks import adding
from gru_ref.training import train

sys.path.insert(0, str(course_root() / "benchmarks"))
import experiments
import sentiment

NAMES = sorted(path.stem for path in RESULTS.glob("*.csv"))


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_experiment_is_one_that_can_be_repeated(name):
    settings = {setting.name: setting for setting in experiments.TASKS[name].settings}
    for model, runs in recorded(name).items():
        task, setting = experiments.TASKS[name], settings[model]
        assert (runs.kind, runs.H) == (setting.kind, setting.H)
        assert runs.values.shape == runs.seconds.shape == (len(runs.seeds), len(runs.steps))
        assert runs.steps[-1] == (setting.steps if task.steps is None else task.steps)
        if runs.kind in BLOCKS and hasattr(task, "I"):  # else it counts, or pools
            assert runs.parameters == BLOCKS[runs.kind] * runs.H * (task.I + runs.H + 2)
        assert runs.steps[0] == 0 or len(runs.steps) == 1  # measured at the end alone
        assert not np.isnan(runs.values).any() and (np.diff(runs.seconds, axis=1) >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_runs_of_all_models_are_paired_by_seed(name):
    seeds = [runs.seeds for runs in recorded(name).values()]
    assert all(np.array_equal(seeds[0], other) for other in seeds)


def test_every_experiment_is_recorded_with_the_settings_that_it_has_now():
    assert set(NAMES) == set(experiments.TASKS)
    for name in NAMES:
        now, then = json.loads(json.dumps(experiments.settings_of(name))), about_recorded(name)["settings"]
        if "text, SHA-256" in now and not documentation().as_tested:  # another Python brings along another text
            assert now.pop("text, SHA-256").keys() == then.pop("text, SHA-256").keys(), name
        assert then == now, name
        assert all(len(runs.seeds) == experiments.TASKS[name].seeds for runs in recorded(name).values()), name


@pytest.mark.parametrize("name", NAMES)
def test_a_record_says_when_and_with_what_it_was_made(name):
    for made in about_recorded(name)["made"]:
        assert datetime.date.fromisoformat(made["date"]) >= datetime.date(2026, 11, 21)
        assert list(made) == ["date", "course", "python", "numpy", *experiments.TASKS[name].packages, "processor"]
        assert all(made[key] for key in ("course", *experiments.TASKS[name].packages))


def bits(name):
    """The bits per character on the test part of lesson 13, for each seed."""
    return recorded("language_test")[name].values[:, -1]


def saved(a, b):
    """The mean of the bits that a saves beside b, and who is ahead."""
    mean, _, verdict = compare(-bits(a), -bits(b))
    return round(mean, 3), verdict


def test_the_records_say_what_lesson_13_says():
    assert saved("gru", "counting") == (0.099, "a") and (bits("gru") < bits("counting")).all()
    assert saved("gru", "lstm") == (0.066, "a")
    ties = [("lstm", "counting"), ("rnn", "counting"), ("gru", "rnn"), ("lstm", "rnn")]
    assert all(saved(*pair)[1] == "tie" for pair in ties)
    assert saved("gru, split by paragraph", "counting, split by paragraph") == (-0.039, "b")
    carried = {name: saved("gru", f"gru, reset in {name}") for name in ("training", "both", "reading")}
    assert carried == {"training": (0.062, "a"), "both": (0.092, "a"), "reading": (0.17, "a")}
    reach = recorded("language_reach")
    last = {name: runs.values[:, -1] for name, runs in reach.items()}
    assert compare(last["gru, 24"], last["gru, 128"])[2] == compare(last["gru, 64"], last["gru, 128"])[2] == "a"
    for kind in ("lstm", "rnn"):
        assert all(compare(last[f"{kind}, {k}"], last[f"{kind}, 128"])[2] == "tie" for k in (12, 16, 24, 32, 64))
    best = {}
    for name, runs in recorded("language_rates").items():
        best.setdefault(runs.kind, {})[float(name.split(", ")[1])] = runs.values.min()
    chosen = {setting.kind: setting.lr for setting in experiments.TASKS["language"].settings}
    assert chosen == {kind: min(rates, key=rates.get) for kind, rates in best.items()}


def test_the_records_say_what_lesson_15_says():
    runs = {name: r.values[:, -1] for name, r in recorded("translation").items()}
    means = {name: round(float(values.mean()), 3) for name, values in runs.items()}
    assert [means[f"{name}, held out"] for name in ("gru", "gru reversed", "gru with attention", "joint n-grams")] == [
        0.688, 0.846, 0.983, 0.972,
    ]  # fmt: skip
    assert [means[f"{name}, longer"] for name in ("gru", "gru reversed", "gru with attention", "joint n-grams")] == [
        0.12, 0.244, 0.876, 0.995,
    ]  # fmt: skip

    def ahead(a, b, test):
        return compare(runs[f"{a}, {test}"], runs[f"{b}, {test}"])[2]

    assert all(ahead("gru reversed", "gru", test) == "a" for test in ("held out", "longer"))
    assert all(ahead("joint n-grams", "gru reversed", test) == "a" for test in ("held out", "longer"))
    assert ahead("gru with attention", "joint n-grams", "held out") == "tie"
    assert ahead("joint n-grams", "gru with attention", "longer") == "a"
    assert not runs["nearest, held out"].any() and not runs["nearest, longer"].any()
    by_length = {name: r.values[:, -1] for name, r in recorded("translation_by_length").items()}
    assert [round(float(by_length[f"gru with attention, {n}"].mean()), 2) for n in (7, 8, 11)] == [0.98, 0.97, 0.74]
    assert [round(float(by_length[f"gru, {n}"].mean()), 2) for n in (4, 7, 11)] == [0.84, 0.65, 0.02]
    _, (low, high), _ = compare(by_length["gru with attention, 8"], by_length["gru with attention, 11"])
    assert (round(low, 2), round(high, 2)) == (0.06, 0.39)
    words = {name: r.values[:, -1] for name, r in recorded("pronunciation_words").items()}
    phones = {name: r.values[:, -1] for name, r in recorded("pronunciation_phones").items()}
    assert words["gru, beam"].round(3).tolist() == [0.356, 0.351, 0.353, 0.349, 0.35]
    mean, (low, high), ahead_is = compare(words["gru, beam"], words["joint n-grams"])
    assert [round(100 * share, 1) for share in (mean, low, high)] == [1.2, 0.8, 1.5] and ahead_is == "a"
    assert compare(phones["gru, beam"], phones["joint n-grams"])[2] == "tie"
    assert words["joint n-grams"].round(3).tolist() == [0.340] * 5
    assert words["joint n-grams, split by word"].round(3).tolist() == [0.289] * 5


@functools.cache
def small_task():
    """A task that is done in no time."""
    settings = experiments.Setting("gru", "gru", 2), experiments.Setting("rnn, 0.1", "rnn", 3, lr=0.1)
    return experiments.TASKS["race"]._replace(steps=4, every=2, seeds=3, settings=settings)


@pytest.fixture
def small(monkeypatch):
    """An experiment of a second, in place of one of the course's; gives how to ask for it on the command line."""
    monkeypatch.setitem(experiments.TASKS, "race", small_task())

    def ask(*arguments):
        monkeypatch.setattr(sys, "argv", ["experiments.py", "race", *map(str, arguments)])
        experiments.main()

    return ask


def test_a_recording_elsewhere_leaves_the_courses_own_alone_and_goes_on_where_it_stopped(small, tmp_path):
    before = {path: path.read_bytes() for path in RESULTS.iterdir()}
    small("--out", tmp_path / "anew", "--seeds", 1)
    first = (tmp_path / "anew" / "race.csv").read_text()
    small("--out", tmp_path / "anew")
    assert (tmp_path / "anew" / "race.csv").read_text().startswith(first)
    runs = recorded("race", tmp_path / "anew")
    assert {name: (r.kind, r.H, r.seeds.tolist(), r.steps.tolist()) for name, r in runs.items()} == {
        "gru": ("gru", 2, [0, 1, 2], [0, 2, 4]),
        "rnn, 0.1": ("rnn", 3, [0, 1, 2], [0, 2, 4]),
    }
    about = about_recorded("race", tmp_path / "anew")
    assert about["settings"]["T"] == 10 and about["settings"]["models"]["rnn, 0.1"] == {
        "kind": "rnn",
        "H": 3,
        "lr": 0.1,
    }
    assert [made["numpy"] for made in about["made"]] == [np.__version__]
    assert {path: path.read_bytes() for path in RESULTS.iterdir()} == before


def test_a_recording_with_other_settings_is_refused(small, tmp_path, monkeypatch):
    small("--out", tmp_path, "--seeds", 1)
    monkeypatch.setitem(experiments.TASKS, "race", small_task()._replace(lr=0.5))
    with pytest.raises(SystemExit, match=r"recorded with other settings.*record it again, or record elsewhere: --out"):
        small("--out", tmp_path)


def test_what_is_made_anew_is_held_against_the_records(small, tmp_path, monkeypatch, capsys):
    ours = tmp_path / "ours"
    small("--out", ours)
    monkeypatch.setattr(experiments, "recorded", lambda name, folder=ours: recorded(name, folder))
    capsys.readouterr()
    small("--out", tmp_path / "same", "--compare")
    said = capsys.readouterr().out
    assert "recorded again" in said and "3 seeds" in said and "differs" not in said
    table = (tmp_path / "same" / "race.csv").read_text().splitlines()
    far = [re.sub(r"(,4,)[^,]+", r"\g<1>9e9", row) if row.startswith("gru") else row for row in table]
    (tmp_path / "same" / "race.csv").write_text("\n".join([*far, ""]))
    small("--out", tmp_path / "same", "--compare")
    assert "(differs)" in capsys.readouterr().out


def test_comparing_a_record_with_itself_and_no_seeds_at_all_are_refused(small, tmp_path):
    with pytest.raises(SystemExit, match="say with --out DIR where"):
        small("--compare")
    with pytest.raises(SystemExit, match="--seeds is 0, but should be at least 1"):
        small("--out", tmp_path, "--seeds", 0)


def test_a_run_that_breaks_down_is_worse_than_any_from_there_on():
    task = small_task()._replace(steps=8, every=2, lr=1e30)
    with np.errstate(over="ignore"):
        rows = experiments.run(task, experiments.Setting("gru", "gru", 2), 0)
    assert [row[5] for row in rows] == [0, 2, 4, 6, 8]
    assert np.isfinite(rows[0][6]) and np.isinf(rows[-1][6])


def test_each_start_is_what_its_name_says():
    rng = np.random.default_rng(0)
    gru, lstm = init_gru(2, 5, rng), init_lstm(2, 5, rng)
    task = experiments.TASKS["marked_first"]
    assert experiments.started(gru, None, task, rng) is gru
    biased = experiments.started(lstm, "forget bias 1", task, rng)
    assert (biased.b_if + biased.b_hf == 1).all() and biased.W_hf is lstm.W_hf
    orthogonal = experiments.started(gru, "orthogonal", task, rng)
    assert np.allclose(orthogonal.W_hz @ orthogonal.W_hz.T, np.eye(5))
    chrono = experiments.started(gru, "chrono", task, rng)
    assert (chrono.b_hz == 0).all() and (chrono.b_iz >= 0).all() and (chrono.b_iz <= np.log(49)).all()
    with pytest.raises(ValueError, match="no start called 'warm'"):
        experiments.started(gru, "warm", task, rng)


def test_an_unknown_experiment_is_answered_by_the_known_ones():
    with pytest.raises(ValueError, match="name is 'addng', but should be one of 'adding_200'"):
        recorded("addng")


def test_of_an_experiment_that_is_not_complete_only_common_seeds_are_read(tmp_path):
    rows = ["a,gru,2,36,0,0,1.5,0.0", "a,gru,2,36,0,9,0.5,2.0", "b,rnn,3,21,0,0,2.5,0.1", "b,rnn,3,21,0,9,1.0,1.0"]
    rows += ["a,gru,2,36,1,0,1.4,0.0", "a,gru,2,36,1,9,0.4,2.0"]  # seed 1 of b is still missing
    (tmp_path / "short.csv").write_text("model,kind,H,parameters,seed,step,value,seconds\n" + "\n".join(rows) + "\n")
    runs = recorded("short", tmp_path)
    assert list(runs) == ["a", "b"]
    assert runs["a"].seeds.tolist() == runs["b"].seeds.tolist() == [0]
    assert runs["a"].values.tolist() == [[1.5, 0.5]] and runs["b"].steps.tolist() == [0, 9]


def test_a_model_that_reads_texts_is_recorded_with_the_share_that_it_gets_right():
    task = experiments.TASKS["order_of_words"]._replace(
        steps=4, evaluations=2, draw=lambda n, rng: sentiment.draw_grammar(n, rng, 20)
    )
    rows = task.run(sentiment.Setting("gru", "gru", 8, 3, "mean"), 0)
    assert [row[5] for row in rows] == [0, 2, 4] and rows[0][:5] == ("gru", "gru", 3, rows[-1][3], 0)
    assert all(0 <= row[6] <= 1 for row in rows)
    again = task.run(sentiment.Setting("gru", "gru", 8, 3, "mean"), 0)
    assert [row[6] for row in again] == [row[6] for row in rows]
    bag = task.run(sentiment.Setting("bag", "n-grams", 8, longest=1), 0)
    assert [row[5:7] for row in bag] == [(4, 0.5)]


@pytest.mark.parametrize("split", ["leaking", "honest"])
def test_on_the_honest_split_no_family_is_on_both_sides(split):
    training, test = sentiment.draw_rated_words(split, np.random.default_rng(0))
    words = [text.replace(" ", "") for text in (*training.texts, *test.texts)]
    kin = families(words)
    shared = set(kin[: len(training.texts)]) & set(kin[len(training.texts) :])
    assert len(set(words)) == len(words) == 7209
    assert (not shared) if split == "honest" else len(shared) > 500


def verdicts(name, against="gru", of=lambda values: values):
    """Who is ahead of the GRU, or of another model, at the end of training: {model: "a", "b" or "tie"}."""
    runs = {model: of(r.values[:, -1]) for model, r in recorded(name).items()}
    return {model: compare(values, runs[against])[2] for model, values in runs.items() if model != against}


def test_the_records_say_what_lesson_12_says():
    assert set(verdicts("adding_200", of=np.negative).values()) == {"b"}
    assert set(verdicts("adding_600", of=np.negative).values()) == {"b"}
    assert set(verdicts("copying").values()) == {"b"}
    assert (recorded("adding_600_forget_bias")["lstm, forget bias 1"].values[:, -1] > 0.15).all()
    assert set(verdicts("overfitting").values()) == {"a"}  # a larger gap
    assert verdicts("counting") == {"lstm": "a", "lstm, equal size": "a", "rnn": "tie"}
    assert verdicts("counting", against="lstm")["lstm, equal size"] == "tie"
    for T in (200, 600):
        runs = recorded(f"adding_{T}")
        assert (runs.pop("gru").values[:, -1] < 0.01).all()
        assert all((r.values[:, -1] > 0.15).all() for r in runs.values())


def test_the_records_say_what_lesson_14_says():
    order, spelling = (
        {model: runs.values[:, -1] for model, runs in recorded(name).items()} for name in ("order_of_words", "spelling")
    )
    assert all((order[f"1-grams, {n}"] == 0.5).all() for n in (50, 100, 250, 500))
    for model, mean in (("4-grams, 500", 0.986), ("4-grams, 100", 0.82), ("gru last, 100", 0.998)):
        assert order[model].mean() == pytest.approx(mean, abs=6e-4)
    for n, mean in ((50, "a"), (100, "a"), (250, "tie"), (500, "tie")):
        assert compare(order[f"gru last, {n}"], order[f"gru mean, {n}"])[2] == mean
        assert compare(order[f"gru last, {n}"], order[f"gru max, {n}"])[2] == "tie"
    assert all((order[f"gru {how}, 250"] == 1).all() for how in ("last", "mean", "max"))
    for how in ("last", "mean", "max"):
        assert compare(spelling["5-grams, leaking"], spelling[f"gru {how}, leaking"])[2] == "a"
    said = {"5-grams": "tie", "gru last": "tie", "gru mean": "a", "gru max": "tie", "nearest": "tie"}
    for model, verdict in said.items():
        assert compare(spelling[f"{model}, honest"], spelling["majority, honest"])[2] == verdict, model
    said = {
        "5-grams": (0.911, 0.605),
        "gru last": (0.873, 0.581),
        "gru mean": (0.882, 0.593),
        "gru max": (0.884, 0.593),
    }
    for model, means in (said | {"nearest": (0.868, 0.565), "majority": (0.556, 0.577)}).items():
        for split, mean in zip(("leaking", "honest"), means, strict=True):
            assert spelling[f"{model}, {split}"].mean() == pytest.approx(mean, abs=6e-4)


def ends(name):
    return {model: r.values[:, -1] for model, r in recorded(name).items()}


def test_the_records_say_what_lesson_09_says():
    learned = {model: int((errors < 0.01).sum()) for model, errors in ends("marked_first").items()}
    assert learned == {"gru, chrono": 5, "rnn, orthogonal": 4, "gru": 0, "lstm": 0, "rnn": 0}
    assert (ends("marked_anywhere")["gru"] < 0.01).all()


def test_the_records_say_what_lesson_10_says():
    solved = {}
    for setting, errors in ends("sweep").items():
        model, rate = setting.split(", ")
        solved.setdefault(model, {})[float(rate)] = errors < 0.01
    for model, by_rate in solved.items():
        rates = sum(by_rate.values())  # for each seed, with how many rates
        if model.startswith("rnn"):
            assert not rates.any()
        else:
            assert set(rates) == {3, 4} and all(by_rate[rate].all() for rate in (0.01, 0.03, 0.1))
    assert not solved["gru 32"][0.3].any() and not solved["gru 32"][0.001].any()
    below = recorded("adding_600")["gru"].values < 0.01
    assert (recorded("adding_600")["gru"].steps[below.argmax(axis=1)] > 500).all()


def first_below(run, target=0.01):
    below = run.values < target
    return np.where(below.any(axis=1), run.steps[below.argmax(axis=1)], run.steps[-1]).astype(float)


def test_at_each_of_six_rates_the_gru_wins_the_race_with_every_seed():
    race = {setting: first_below(run) for setting, run in recorded("race").items()}
    rates = [setting.removeprefix("gru, ") for setting in race if setting.startswith("gru, ")]
    assert len(rates) == 6
    for other in ("lstm", "lstm, equal size", "rnn"):
        for rate in rates:
            a, b = race[f"gru, {rate}"], race[f"{other}, {rate}"]
            assert (a < b).all() and compare(-a, -b)[2] == "a"
    means = {model: race[f"{model}, 0.01"].mean().round() for model in ("gru", "lstm", "lstm, equal size", "rnn")}
    assert means == {"gru": 167, "lstm": 354, "lstm, equal size": 292, "rnn": 600}


def test_at_short_copying_the_interval_holds_0_and_the_sign_test_does_not():
    gru, lstm = ends("copying_short").values()
    assert compare(gru, lstm)[2] == "tie" and compare(gru, lstm)[0] > 0
    assert (gru > lstm).sum() == 29 and len(gru) == 40
    assert stats.binomtest(29, 40).pvalue < 0.01


@pytest.mark.parametrize(("name", "model", "ahead", "of"), [
    ("overfitting", "lstm", 10, 10), ("overfitting", "lstm, equal size", 9, 10),
    ("counting", "lstm", 10, 10), ("counting", "lstm, equal size", 9, 9),
])  # fmt: skip
def test_where_differences_are_no_bell_the_sign_test_agrees(name, model, ahead, of):
    gru, other = ends(name)["gru"], ends(name)[model]
    assert ((gru < other).sum(), (gru != other).sum()) == (ahead, of)
    assert stats.binomtest(ahead, of).pvalue < 0.05


@pytest.mark.slow
def test_at_equal_budget_a_gru_learns_to_add_ten_numbers_in_fewer_steps_than_an_lstm():
    H_rnn, H_gru, H_lstm = match_budget(2, 3 * 12 * (2 + 12 + 2))
    held_out = adding(10, 500, np.random.default_rng(10_000), np.float32)

    def needed(kind, H, seed):
        rng = np.random.default_rng([seed, 0])
        p = init_model(kind, 2, H, 1, np.random.default_rng([seed, 1]), dtype=np.float32)
        _, history = train(
            functools.partial(model_loss_and_grads, kind=kind), p, lambda: adding(10, 32, rng, np.float32), 600, 1e-2,
            evaluate=lambda p: model_loss(p, held_out, kind), every=25, target=0.01, progress=False,
        )  # fmt: skip
        return len(history.losses)

    steps = {
        kind: np.array([needed(kind, H, seed) for seed in range(5)], float)
        for kind, H in [("gru", H_gru), ("lstm", H_lstm), ("rnn", H_rnn)]
    }
    assert compare(-steps["gru"], -steps["lstm"])[2] == "a" and (steps["gru"] < 300).all()
    assert (steps["rnn"] == 600).all()


def test_the_records_say_what_lesson_16_says():
    voices, noise, vowels = (recorded(name) for name in ("speech", "speech_noise", "vowels"))
    both, levels = "gru, both ways", ("clean", "20 dB", "10 dB", "0 dB")

    def rates(runs, name):
        return runs[name].values[:, -1]

    def means(runs, form, places):
        return [round(float(rates(runs, form.format(place)).mean()), 3) for place in places]

    def who(runs, a, b):
        return compare(rates(runs, a), rates(runs, b))[2]

    assert means(voices, both + ", {}, new", (4, 16, 64)) == [0.252, 0.091, 0.049]
    assert means(voices, both + ", {}, known", (4, 64)) == [0.001, 0.016]
    assert means(voices, "window, 64, {}", ("known", "new")) == [0.053, 0.084]
    for count in (4, 16, 64):
        assert who(voices, f"{both}, {count}, new", f"window, {count}, new") == "tie"
    assert who(voices, f"{both}, 64, known", "window, 64, known") == "b"
    for test, points in (("known", 1.9), ("new", 2.6)):
        fewer, _, ahead = compare(rates(voices, f"gru, one way, 64, {test}"), rates(voices, f"{both}, 64, {test}"))
        assert (round(100 * fewer, 1), ahead) == (points, "a")
    assert means(noise, both + ", clean, {}", levels[2:]) == [1.166, 1.433]
    assert means(noise, "window, clean, {}", levels[2:]) == [0.457, 0.944]
    assert means(noise, both + ", noisy, {}", levels[::2]) == [0.116, 0.112]
    clean, noisy = (
        [who(noise, f"{both}, {how}, {level}", f"window, {how}, {level}") for level in levels]
        for how in ("clean", "noisy")
    )
    assert clean == ["tie", "tie", "tie", "a"] and noisy == ["b", "tie", "tie", "tie"]
    for level in levels[2:]:
        for kind in (both, "window"):
            assert who(noise, f"{kind}, clean, {level}", f"{kind}, noisy, {level}") == "a"
    assert who(noise, f"{both}, clean, clean", f"{both}, noisy, clean") == "b"
    np.testing.assert_array_equal(rates(noise, f"{both}, clean, clean"), rates(voices, f"{both}, 64, new"))
    assert who(vowels, "gru, drawn", "mean and spread, drawn") == "b"
    assert who(vowels, "gru, drawn", "nearest by warping, drawn") == "tie"
    assert who(vowels, "gru, as published", "mean and spread, as published") == "a"
    assert who(vowels, "gru, as published", "nearest by warping, as published") == "a"


def test_the_records_say_what_lesson_17_says():
    nats = {name: runs.values[:, -1] for name, runs in {**recorded("music"), **recorded("music_keys")}.items()}
    said = {"gru": 9.10, "lstm": 9.01, "rnn": 9.29, "logistic, with a penalty": 9.37, "note by note": 10.75}
    assert {name: round(float(nats[name].mean()), 2) for name in said} == said
    verdicts = {name: compare(nats["gru"], nats[name])[2] for name in ("lstm", "rnn", "logistic, with a penalty")}
    assert verdicts == {"lstm": "a", "rnn": "b", "logistic, with a penalty": "b"}  # lower is better
    for kind in ("gru", "logistic"):
        for what in ("transposed", "split by file"):
            assert compare(nats[f"{kind}, {what}"], nats[kind])[2] == "tie"
    best = {}
    for name, runs in recorded("music_rates").items():
        best.setdefault(runs.kind, {})[float(name.split(", ")[1])] = runs.values.min()
    chosen = {s.kind: s.lr for s in experiments.TASKS["music"].settings if s.kind in best}
    assert chosen == {kind: min(rates, key=rates.get) for kind, rates in best.items()}
