"""Lesson 20: the report of an experiment of one's own. The check looks at its form alone."""

import difflib
import functools
import math
from pathlib import Path

import numpy as np

import gru_ref
from grader.answer.uses import as_text
from grader.exercises import reports
from grader.exercises.exercise import Broken, Exercise
from grader.exercises.reports import FEWEST_SEEDS, PARTS, part, read

LESSON = "20_capstone"
MISTAKES = Path(__file__).with_name(LESSON)

report = Exercise(
    reference=gru_ref.report,
    known=MISTAKES / "report.md",
    use=as_text,
    inputs=lambda rng: (),
    by_value=False,
    hints=(
        "Seven parts: claim, measure, better, baseline, gru, interval, verdict. Begin with the runs: `{0: …, 1: …, 2: …, 3: …, 4: …}`, seed by seed, once for the baseline and once for the GRU.",
        'Put both sides\' numbers into arrays, in the same order of seeds. `gru_ref.compare(gru, baseline)` returns the mean difference, the interval, and a verdict in which "a" is whoever has the *higher* numbers.',
        'If 0 lies in the interval, the verdict is "tie". If not, see on which side of 0 it lies, and look at `better`: below 0 the GRU has the lower numbers, and that is good only if lower is better.',
    ),
    limits="This says that the form is complete. Whether the experiment shows what it should, a person decides.",
)


# ------------------------------------------------------------------------------------------------------- properties


def _obeys(fn):
    """Decorator: a property of the report alone. `fn` returns what breaks it, pairs of a key and a text; empty if nothing does."""

    @functools.wraps(fn)
    def holds(f, rng):
        said = read(f())
        return not (broken := fn(said)) or Broken(("yours", reports.in_short(said)), *broken)

    return report.property(holds)


def with_runs_of_another_cell():
    return {"gru": EXAMPLE["gru"]}


@report.property(broken_by=with_runs_of_another_cell)
def holds_its_own_numbers(f, rng):
    """it holds its numbers itself, and takes none from the notebook

    Whoever grades your notebook runs it with few steps, and then a name from another cell stands for other numbers. Print it,
    and write what it prints.
    """
    names = reports.names_from_outside(f())
    return not names or Broken(("taken from the notebook", ", ".join(names)))


@_obeys
def has_all_its_parts(said):
    """it has seven parts: claim, measure, better, baseline, gru, interval and verdict

    Return one dict with these seven keys.
    """
    missing = [name for name in PARTS if part(said, name) is None]
    unknown = [str(name) for name in said if name not in PARTS] if isinstance(said, dict) else []
    facts = [("missing", ", ".join(missing)), *([("not known", ", ".join(unknown)[:200])] if unknown else [])]
    return facts if missing else []


@_obeys
def says_what_was_measured(said):
    """claim and measure are texts, and better is "higher" or "lower"

    Without them nobody knows what the numbers are, and which of them are good.
    """
    wrong = [name for name in ("claim", "measure") if not reports.is_words(part(said, name))]
    wrong += ["better"] * (part(said, "better") not in reports.DIRECTIONS)
    return [("wrong", ", ".join(wrong))] if wrong else []


@_obeys
def has_runs_by_seed(said):
    """baseline and gru are dicts from a seed, an integer, to a finite number

    One number for each run: `{0: 0.81, 1: 0.79}` are two.
    """
    wrong = {name: _wrong_with(part(said, name)) for name in ("baseline", "gru")}
    return [(f"wrong in {name}", text) for name, text in wrong.items() if text]


def _wrong_with(side):
    if text := reports.what_is_wrong(side):
        return text
    if not side:
        return "it is empty"
    return next((f"the run of seed {seed} is {run}" for seed, run in side.items() if not math.isfinite(run)), None)


@_obeys
def has_five_seeds(said):
    """both sides have at least five seeds, the same ones

    Then each run of the GRU has one of the baseline to be compared with: the same seed, the same data.
    """
    seeds = [reports.runs(said, name).keys() for name in ("baseline", "gru")]
    enough = seeds[0] == seeds[1] and len(seeds[0]) >= FEWEST_SEEDS
    return [] if enough else [("seeds", "; ".join(str(sorted(side)) for side in seeds))]


@_obeys
def is_no_copy(said):
    """the runs are not those of the worked example

    Test a claim of your own, or at least your own runs of this one.
    """
    return [("runs", "those of the worked example")] if example_handed_in(said) else []


@_obeys
def has_different_runs(said):
    """the runs of the GRU differ from seed to seed

    A network that starts elsewhere ends elsewhere. Only integers and chance, such as 0.5, may come out each time.
    """
    return [("gru", str(part(said, "gru")))] if same_result_for_each_seed(said) else []


@_obeys
def has_two_sides(said):
    """baseline and gru have different runs

    The same number for each seed means that one model was run twice, or copied.
    """
    return [("baseline", str(part(said, "baseline")))] if sides_are_the_same(said) else []


@_obeys
def has_one_unit(said):
    """both sides are in the same unit

    Accuracies of about 96 and about 0.98 cannot be subtracted: choose percent or fractions.
    """
    return [("unit", "percent on one side, a fraction on the other")] if percent_beside_fraction(said) else []


@_obeys
def has_the_interval_of_the_differences(said):
    """the interval is that of the mean of GRU − baseline, seed by seed

    `gru_ref.compare(gru, baseline)` from lesson 12 computes it. Compute it from the runs as they stand in the report: if
    you have rounded these, the interval moves, too.
    """
    wanted = reports.right_interval(reports.paired(said))
    if reports.is_about(reports.interval(said), wanted):
        return []
    return [("expected", f"about ({wanted[0]:.3g}, {wanted[1]:.3g})")]


@_obeys
def has_a_verdict_that_follows(said):
    """the verdict follows from the interval and from better

    "tie" if 0 lies in the interval; otherwise "gru" or "baseline", whoever is better.
    """
    follows = reports.ahead(said)
    return [] if part(said, "verdict") == follows else [("follows", f'"{follows}"')]


# --------------------------------------------------------------------------------------------------------- mistakes

# The runs of the lesson's strong example.
EXAMPLE = {
    "baseline": {0: 0.9917, 1: 0.9778, 2: 0.9833, 3: 0.9889, 4: 0.9972},
    "gru": {0: 0.9861, 1: 0.9806, 2: 0.9833, 3: 0.9944, 4: 0.9889},
}


def _named(fn):
    """Decorator: a mistake that is recognised by what the report says."""

    @functools.wraps(fn)
    def when(args, text):
        return fn(read(text))

    report.recognises(when)
    return fn


def _has_another_interval(wanted):
    """Whether the reported interval is `wanted(values)`, and not the right one."""

    def says(said):
        values, ends = reports.paired(said), reports.interval(said)
        if values is None or ends is None or reports.is_about(ends, reports.right_interval(values)):
            return False
        return any(reports.is_about(ends, other, reports.ROUNDING_OF_A_MISTAKE) for other in wanted(values))

    return says


def _lacks(name):
    return lambda said: isinstance(said, dict) and said.get(name) in (None, {}, [], "")


@_named
def nothing_returned(said):
    return said is None


@_named
def not_a_dict(said):
    return said is not None and not isinstance(said, dict)


@_named
def key_misspelt(said):
    if not isinstance(said, dict):
        return False
    missing = [name for name in PARTS if name not in said]
    unknown = [str(name).strip().lower() for name in said if name not in PARTS]
    return any(difflib.get_close_matches(name, missing, cutoff=0.75) for name in unknown)


@_named
def example_handed_in(said):
    """Both sides have the example's runs in its order, under whatever seeds, as fractions or in percent."""
    return isinstance(said, dict) and all(
        (by_seed := reports.runs(said, side))
        and len(by_seed) == len(runs)
        and any(
            all(
                abs(by_seed[seed] - unit * run) < 0.0005 * unit
                for seed, run in zip(sorted(by_seed), runs.values(), strict=True)
            )
            for unit in (1, 100)
        )
        for side, runs in EXAMPLE.items()
    )


@_named
def baseline_missing(said):
    return _lacks("baseline")(said)


@_named
def gru_missing(said):
    return _lacks("gru")(said)


@_named
def claim_missing(said):
    return isinstance(said, dict) and not reports.is_words(part(said, "claim"))


@_named
def measure_missing(said):
    return isinstance(said, dict) and not reports.is_words(part(said, "measure"))


@_named
def better_missing(said):
    return _lacks("better")(said)


@_named
def better_in_other_words(said):
    return not _lacks("better")(said) and part(said, "better") not in reports.DIRECTIONS


def _of_a_side(holds):
    """Whether something holds for the runs of one side at least, whatever they are."""
    return lambda said: isinstance(said, dict) and any(holds(said.get(side)) for side in ("baseline", "gru"))


@_named
def one_number_for_all_runs(said):
    def in_summary(side):
        keys = {key.strip().lower() for key in side if reports.is_text(key)} if isinstance(side, dict) else ()
        return reports.is_number(side) or bool(keys & {"mean", "average", "avg", "median", "std", "sd", "n"})

    return _of_a_side(in_summary)(said)


@_named
def same_seed_again(said):
    return _of_a_side(
        lambda side: (
            isinstance(side, list)
            and len(side) > 1
            and all(isinstance(run, list) and len(run) == 2 for run in side)
            and len({str(run[0]) for run in side}) < len(side)
        )
    )(said)


@_named
def runs_without_seeds(said):
    return _of_a_side(lambda side: isinstance(side, list) and bool(side))(said) and not same_seed_again(said)


@_named
def several_models_on_a_side(said):
    return _of_a_side(lambda side: isinstance(side, dict) and any(isinstance(run, dict) for run in side.values()))(said)


@_named
def seeds_in_words(said):
    return _of_a_side(lambda side: isinstance(side, dict) and any(map(reports.is_text, side)))(said)


@_named
def several_numbers_for_a_seed(said):
    return _of_a_side(lambda side: isinstance(side, dict) and any(isinstance(run, list) for run in side.values()))(said)


@_named
def numbers_in_quotes(said):
    return _of_a_side(lambda side: isinstance(side, dict) and any(map(reports.is_text, side.values())))(said)


@_named
def a_run_is_not_finite(said):
    return _of_a_side(
        lambda side: (
            isinstance(side, dict)
            and any((reports.is_number(run) and not math.isfinite(run)) or run is None for run in side.values())
        )
    )(said)


def _seeds(said):
    """The seeds of both sides, as sets; None if a side has none."""
    sides = [reports.runs(said, side) for side in ("baseline", "gru")]
    return [set(side) for side in sides] if all(sides) else None


@_named
def one_seed(said):
    return bool(seeds := _seeds(said)) and seeds[0] == seeds[1] and len(seeds[0]) == 1


@_named
def fewer_than_five_seeds(said):
    return bool(seeds := _seeds(said)) and seeds[0] == seeds[1] and 1 < len(seeds[0]) < FEWEST_SEEDS


@_named
def one_side_has_fewer_seeds(said):
    return bool(seeds := _seeds(said)) and len(seeds[0]) != len(seeds[1])


@_named
def not_paired(said):
    return bool(seeds := _seeds(said)) and len(seeds[0]) == len(seeds[1]) and seeds[0] != seeds[1]


def _may_come_out_each_time(run):
    """Whether a number may well be the result of every run: an integer, or the chance to guess one of 2 to 10 classes."""
    return float(run).is_integer() or any(abs(run - 1 / classes) < 0.0005 for classes in range(2, 11))


@_named
def same_result_for_each_seed(said):
    """All runs of the GRU are the same number, and none that may well come out each time."""
    by_seed = reports.runs(said, "gru") or {}
    return (
        len(by_seed) > 1
        and len(set(by_seed.values())) == 1
        and not _may_come_out_each_time(next(iter(by_seed.values())))
    )


@_named
def sides_are_the_same(said):
    """Run for run, both sides have the same number, and these are no one or two that may well come out each time."""
    sides = [reports.runs(said, side) for side in ("baseline", "gru")]
    if not all(sides) or sides[0] != sides[1]:
        return False
    different = set(sides[0].values())
    return len(different) > 2 or not all(map(_may_come_out_each_time, different))


@_named
def percent_beside_fraction(said):
    """Higher is better, and one side is between 0.2 and 1, the other between 20 and 100. A loss may differ as much as that."""
    values = reports.paired(said)
    if values is None or part(said, "better") != "higher":
        return False
    small, large = sorted(values, key=np.mean)
    return bool(small.min() >= 0.2 and small.max() <= 1 and large.min() >= 20 and large.max() <= 100)


@_named
def interval_missing(said):
    return _lacks("interval")(said)


@_named
def half_width_alone(said):
    return reports.is_number(part(said, "interval"))


@_named
def interval_is_no_pair(said):
    ends = part(said, "interval")
    return not _lacks("interval")(said) and not reports.is_number(ends) and reports.interval(said) is None


@_named
def interval_in_another_unit(said):
    """Percent for fractions, or the other way round."""

    def times_100(values):
        for factor in (100, 1 / 100):
            yield [factor * end for end in reports.right_interval(values)]

    return _has_another_interval(times_100)(said)


@_named
def interval_rounded_too_far(said):
    """Its ends are the right ones, rounded to so few digits that they lie elsewhere."""
    values, ends = reports.paired(said), reports.interval(said)
    if values is None or ends is None or ends[0] == ends[1]:
        return False
    wanted = reports.right_interval(values)
    return not reports.is_about(ends, wanted) and any(
        all(math.isclose(end, round(right, digits), abs_tol=1e-12) for end, right in zip(ends, wanted, strict=True))
        for digits in range(-6, 10)
    )


@_named
def mean_and_half_width(said):
    def pair(values):
        low, high = reports.right_interval(values)
        yield (low + high) / 2, (high - low) / 2

    return _has_another_interval(pair)(said)


@_named
def ends_swapped(said):
    return _has_another_interval(lambda values: [reports.right_interval(values)[::-1]])(said)


@_named
def interval_of_one_run(said):
    ends = reports.interval(said)
    return (
        ends is not None
        and ends[0] == ends[1]
        and (values := reports.paired(said)) is not None
        and bool(np.ptp(values.differences) > 0)
    )


@_named
def deviation_for_interval(said):
    def of_single_runs(values):
        N = len(values.gru)
        return [reports.around(values.differences, factor) for factor in (1, 1.96, _student(values, 0.975) * N**0.5)]

    return _has_another_interval(of_single_runs)(said)


@_named
def standard_error_for_interval(said):
    return _has_another_interval(lambda values: [reports.around(values.differences, len(values.gru) ** -0.5)])(said)


@_named
def two_standard_errors(said):
    def with_normal(values):
        return [reports.around(values.differences, factor / math.sqrt(len(values.gru))) for factor in (1.96, 2)]

    return _has_another_interval(with_normal)(said)


@_named
def two_standard_errors_by_n(said):
    def with_normal(values):
        return [reports.around(values.differences, z / math.sqrt(len(values.gru)), ddof=0) for z in (1.96, 2)]

    return _has_another_interval(with_normal)(said)


@_named
def divided_by_n(said):
    return _has_another_interval(
        lambda values: [reports.around(values.differences, _student(values, 0.975), ddof=0)],
    )(said)


@_named
def another_level(said):
    return _has_another_interval(
        lambda values: [reports.around(values.differences, _student(values, level)) for level in (0.95, 0.995, 0.84)]
    )(said)


def _student(values, level):
    """Student's t for N − 1 degrees of freedom, divided by √N."""
    from scipy.special import stdtrit

    N = len(values.gru)
    return float(stdtrit(N - 1, level)) / math.sqrt(N)


@_named
def relative_differences(said):
    def of_the_baseline(values):
        if not values.baseline.all():
            return
        for factor in (1, 100):
            relative = factor * values.differences / values.baseline
            yield reports.right_interval(reports.Paired(relative, 0 * relative))

    return _has_another_interval(of_the_baseline)(said)


@_named
def interval_of_two_groups(said):
    return _has_another_interval(_of_two_groups)(said)


def _of_two_groups(values):
    """Intervals that ignore which runs belong together: with pooled variance, and Welch's."""
    from scipy.special import stdtrit

    N = len(values.gru)
    parts = [side.var(ddof=1) / N for side in values]
    error, mean = math.sqrt(sum(parts)), float(values.differences.mean())
    if error == 0:
        return
    for degrees in (2 * N - 2, sum(parts) ** 2 / sum(p**2 / (N - 1) for p in parts)):
        half = float(stdtrit(degrees, 0.975)) * error
        yield mean - half, mean + half


@_named
def interval_of_one_side(said):
    def of_each(values):
        zero = np.zeros(len(values.gru))
        for side in values:
            yield reports.right_interval(reports.Paired(side, zero))
            yield reports.around(side, 1)

    return _has_another_interval(of_each)(said)


@_named
def baseline_minus_gru(said):
    return _has_another_interval(lambda values: [reports.right_interval(reports.Paired(*values[::-1]))])(said)


@_named
def range_for_interval(said):
    return _has_another_interval(lambda values: [(values.differences.min(), values.differences.max())])(said)


@_named
def percentiles_of_the_runs(said):
    def percentiles(values):
        return [tuple(np.percentile(values.differences, ends)) for ends in ((2.5, 97.5), (5, 95), (25, 75))]

    return _has_another_interval(percentiles)(said)


@_named
def not_centred(said):
    def around_0(values):
        low, high = reports.right_interval(values)
        yield (low - high) / 2, (high - low) / 2

    return _has_another_interval(around_0)(said)


@_named
def verdict_missing(said):
    return _lacks("verdict")(said)


@_named
def verdict_in_other_words(said):
    return not _lacks("verdict")(said) and part(said, "verdict") not in reports.VERDICTS


def _verdict_against(said, follows, given):
    """Whether the interval is right and the verdict is one of `given`, where one of `follows` follows from the interval."""
    values = reports.paired(said)
    return (
        values is not None
        and reports.is_about(reports.interval(said), reports.right_interval(values))
        and reports.ahead(said) in follows
        and part(said, "verdict") in given
    )


@_named
def winner_in_a_tie(said):
    return _verdict_against(said, ("tie",), ("gru", "baseline"))


@_named
def tie_with_a_winner(said):
    return _verdict_against(said, ("gru", "baseline"), ("tie",))


@_named
def higher_for_lower(said):
    return _verdict_against(said, ("gru",), ("baseline",)) or _verdict_against(said, ("baseline",), ("gru",))


# -------------------------------------------------------------------------------------------------- in another style


@report.also_right
def with_arrays_and_compare():
    seeds = [3, 1, 4, 15, 9, 26]
    rnn, gru = np.array([0.61, 0.58, 0.66, 0.6, 0.63, 0.59]), np.array([0.7, 0.66, 0.71, 0.72, 0.69, 0.68])
    _, interval, verdict = gru_ref.compare(gru, rnn)
    return {
        "claim": "A GRU is right about more of the copied symbols than an RNN of the same budget.",
        "measure": "share of symbols copied without a mistake",
        "better": "higher",
        "baseline": dict(zip(seeds, rnn, strict=True)),
        "gru": dict(zip(seeds, gru, strict=True)),
        "interval": np.array(interval).round(3),
        "verdict": {"a": "gru", "b": "baseline", "tie": "tie"}[verdict],
    }


@report.also_right
def where_the_baseline_wins():
    runs = {0: (18.7, 21.3), 1: (18.7, 19.8), 2: (18.7, 20.9), 3: (18.7, 22.4), 4: (18.7, 20.2)}
    return dict(
        claim="A GRU predicts sunspots better than an autoregression.",
        measure="root of the mean squared error, in sunspots",
        better="lower",
        baseline={seed: baseline for seed, (baseline, _) in runs.items()},
        gru={seed: gru for seed, (_, gru) in runs.items()},
        interval=[0.97, 3.47],
        verdict="baseline",
        note="the autoregression has no seed: it is the same in each row",
    )
