"""Every figure function draws into the given axes, and labels them."""

import inspect
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

import gru_ref
from gru_ref import plotting

rng = np.random.default_rng(0)
SEQUENCE = rng.normal(0, 1, 20)

# What each is called with after its axes. A function that is not here fails, below, so none is forgotten.
TRACES = gru_ref.Traces(*rng.random((3, 4, 3)))
ARGUMENTS = {
    "plot_late_forecast": (np.arange(20), SEQUENCE, SEQUENCE + 1, "V", 5),
    "plot_test_parts": ([gru_ref.sunspots(), gru_ref.co2()], [250, 400]),
    "plot_folds": (gru_ref.rolling_origin(12, 4, 2, 3), 12),
    "plot_forecasts": (np.arange(20), SEQUENCE, {"a": ([18, 19], [0.0, 1.0]), "b": ([19], [1.0])}, "V"),
    "plot_errors_by_step": ([1, 12], {"a": np.array([1.0, 2.0]), "b": rng.random((5, 2))}, "V"),
    "plot_fan": (np.arange(20), SEQUENCE, np.arange(20, 24), np.sort(rng.random((4, 5))), "V"),
    "plot_bits_by_context": ({"a": [5.0, 3.0, 2.0, 2.5], "b": [5.0, 4.0]},),
    "plot_bits_by_known": ([1, 2, 4], {"a": rng.random((3, 3)), "b": rng.random((2, 3))}, [3.0, 2.5]),
    "plot_streams": ("a text of some length", 3, 2),
    "plot_costs": (["a", "b"], {gate: np.array([[0.1, 0.0, 0.2], [2.0, 1.5, 2.5]]) for gate in "rz"}),
    "plot_gate_values": (TRACES, TRACES),
    "plot_gates_over_chorale": (np.eye(4, 88, 40), np.full((4, 88), 0.2), [2, 0], TRACES, {"as it is": np.ones(4)}),
    "plot_gates_over_text": ("a b\n", [2, 0], TRACES, {"as it is": np.ones(3), "changed": np.zeros(3)}),
    "plot_lags": ({"trained": (np.arange(1.0, 4),) * 3, "untrained": (np.arange(1.0, 4),) * 3},),
    "plot_unit_over_text": ("a b\n", np.zeros(4), np.array([0, 1, 1, 0])),
    "plot_temperatures": (["a", "b"], {0.5: np.array([0.9, 0.1]), 1.0: np.array([0.7, 0.3])}),
    "plot_concatenated": (rng.normal(0, 1, (3, 5)), 3, "xh"),
    "plot_disagreement": (np.linspace(0, 1, 5), {"a": np.linspace(0, 1, 5), "b": np.linspace(0.5, 1, 5)}),
    "plot_peers": (["a", "b"], np.array([0.0, 0.2]), np.array([0.2, 1e-7])),
    "plot_readings": ({"a": SEQUENCE, "b": -SEQUENCE},),
    "plot_links": (),
    "plot_step_size": (np.logspace(-8, 0, 9), {"a": np.logspace(-4, 0, 9), "b": np.r_[0, np.logspace(-7, 0, 8)]}),
    "plot_way_back": (3,),
    "plot_ways_back": ({"a": {"kept": 0.5, "other": 0.1}, "b": {"kept": 0.9, "other": 0.01}},),
    "plot_truncation": ([1, 10, 100], {"a": [0.5, 0.1, 0.0], "b": [0.9, 0.5, 0.0]}),
    "plot_memory_lengths": ({"a": rng.uniform(1, 50, 8), "b": rng.uniform(1, 50, 5)},),
    "plot_norm_while_training": (np.arange(0, 50, 10), {"lag 1": np.ones(5), "lag 50": np.geomspace(1e-9, 1, 5)}),
    "plot_gates_against_lag": (rng.uniform(0, 9, 12), {"r": rng.random(12), "z": rng.random(12)}),
    "plot_gate": (2.0, -1.0, 0.5),
    "plot_memories": (SEQUENCE, [0.5, 0.9, 0.98], "V"),
    "plot_logistic": (),
    "plot_gated_memory": (SEQUENCE, SEQUENCE > 1, rng.random(20), {"a": SEQUENCE, "b": -SEQUENCE}, "V"),
    "plot_gate_histogram": ({"a": rng.random(50), "b": rng.random((5, 4))},),
    "plot_tanh_slope": (),
    "plot_stretch": (np.array([[1.2, 0.3], [-0.4, 0.8]]),),
    "plot_norm_against_lag": ({"a": 0.9 ** np.arange(10)[:, None] * rng.uniform(0.5, 1, (10, 3))},),
    "plot_recall": (np.arange(1, 6), {"a": np.linspace(1, 0.5, 5)}, 0.5),
    "plot_unrolled": (3,),
    "plot_states": (rng.uniform(-1, 1, (6, 4)),),
    "plot_reset": (np.linspace(0, 1, 5), rng.uniform(-1, 1, (5, 3))),
    "plot_blend": (np.array([0.0, 0.5, 1.0]), -0.4, 0.8, np.array([-0.4, 0.2, 0.8])),
    "plot_decay": ([0.5, 0.9], 30),
    "plot_time_constants": (),
    "plot_gru_cell": (),
    "plot_gru_sequence": (SEQUENCE, *rng.random((4, 20))),
    "plot_sensors": ([SEQUENCE.reshape(-1, 2), SEQUENCE[:8].reshape(-1, 2)], ["one", "two"], ["a", "b"], "V"),
    "plot_through_padding": (rng.uniform(-1, 1, (8, 3)), 5),
    "plot_loss_by_epoch": ({"a": [1.0, 0.5, 0.1], "b": [1.0, 0.8, 0.6]}, ("floor", 0.55)),
    "plot_chunk_times": ({"a": [1.0, 2.0, 3.0], "b": [1.0, 1.1, 0.9]},),
    "plot_time_ratios": (["small", "large"], {"float32": [0.4, 1.1], "float64": [0.5, 0.9]}),
    "plot_padded_batch": (rng.uniform(-1, 1, (6, 3)), np.array([6, 2, 4]), "unit 0"),
    "plot_drift": ({"a": SEQUENCE**2, "b": SEQUENCE**2 + 1}, {"a": np.exp(SEQUENCE), "b": np.exp(-SEQUENCE)}),
    "plot_both_directions": (3,),
    "plot_reach": (np.arange(-2, 3), {"a": np.linspace(1, 0.5, 5), "b": np.linspace(0.5, 1, 5)}, 0.5),
    "plot_cliff": (np.linspace(0, 1, 9), np.linspace(1, 0, 9) ** 3, 0.3, -2.0),
    "plot_descent": ([1.0, 50.0], {"a": rng.normal(size=(4, 2)), "b": rng.normal(size=(3, 2))}),
    "plot_learning_curves": ({"a": ([0, 5, 10], [1.0, 0.1, 0.01]), "b": ([0, 5], [1.0, 0.5])}, 0.2),
    "plot_chunks": ([2, 5, 10], [0.7, 0.6, 0.1], 5, np.log(2)),
    "plot_counters": ({"a": SEQUENCE, "b": -SEQUENCE}, 10),
    "plot_intervals": ({"p": (0.1, (-0.1, 0.3), "tie"), "q": (0.2, (0.1, 0.3), "a")}, "no unit"),
    "plot_lstm_cell": (),
    "plot_paired_runs": ({"a": np.array([0.1, 0.2, 0.4]), "b": np.array([0.2, 0.3, 0.3])}, "error", "no unit"),
    "plot_accuracy_by_size": ([10, 100], {"a": rng.random((3, 2)), "b": rng.random((3, 2))}),
    "plot_coverage": (np.linspace(0.5, 1, 5), {"a": np.linspace(0.9, 1, 5), "b": np.linspace(0.9, 0.4, 5)}, 40),
    "plot_two_splits": (
        {"a": np.array([0.8, 0.9, 0.85]), "b": np.array([0.7, 0.6, 0.65])},
        {"a": np.array([0.6, 0.5, 0.55]), "b": np.array([0.5, 0.6, 0.55])},
        0.95,
    ),
    "plot_nats": ({"a": np.array([9.1, 9.2, 9.0]), "b": np.array([9.5, 9.4, 9.6])},),
    "plot_roll": (np.eye(5, 88), 2),
    "plot_classes": (np.log(np.full((6, 3), 1 / 3)), 0.04, 2),
    "plot_digit_errors": (["clean", "20 dB"], {"a": rng.random((3, 2)), "b, known": rng.random((3, 2))}, "noise (dB)"),
    "plot_mel_filters": (gru_ref.mel_filters(4, 64, 8000), 8000),
    "plot_wave_and_energies": (SEQUENCE, 10, rng.random((4, 3)), 2),
    "plot_verdict_by_word": (["not", "bad"], np.array([0.4, 0.8])),
    "plot_attention": (["a", "b"], ["x", "y", "z"], rng.random((3, 2))),
    "plot_by_length": (np.arange(4, 7), {"a": rng.random((3, 3)), "b": rng.random((3, 3))}, 5),
    "plot_word_errors": ({"a": (0.3, 0.28, 0.33), "b": (0.5, 0.48, 0.52)},),
    "plot_seed_curves": ({"a": (np.arange(3), np.ones((2, 3))), "b": (np.arange(3), np.full((2, 3), 0.5))}, 0.2),
    "plot_sizes": ([100, 1000], {"a": [5, 20], "b": [3, 10]}),
    "plot_sweep": (np.array([[0.1, 0.001], [np.inf, 0.2]]), [0.01, 0.1], ["a", "b"], 0.01),
}

PANELS = {
    "plot_counters": 2,
    "plot_drift": 2,
    "plot_gate_values": 2,
    "plot_gates_over_chorale": 4,
    "plot_gates_over_text": 3,
    "plot_lags": 2,
    "plot_gated_memory": 2,
    "plot_gates_against_lag": 2,
    "plot_gru_sequence": 3,
    "plot_late_forecast": 2,
    "plot_sensors": 2,
    "plot_test_parts": 2,
    "plot_wave_and_energies": 2,
}  # axes that a function takes, one above the other
# Diagrams of boxes and arrows, which have no axes to label.
SCHEMATIC = {"plot_lstm_cell", "plot_unrolled", "plot_both_directions", "plot_gru_cell", "plot_links", "plot_way_back"}


def drawn(name):
    """The axes of a figure into which the function has drawn. It is not laid out, which takes as long as all the rest."""
    fig, axes = plt.subplots(PANELS.get(name, 1), sharex=True, layout="none")
    assert getattr(plotting, name)(axes, *ARGUMENTS[name]) is None
    fig.canvas.draw()
    return list(np.atleast_1d(axes))


@pytest.fixture(autouse=True)
def nothing_left_open():
    yield
    plt.close("all")


def test_every_figure_function_is_tested():
    functions = dict(inspect.getmembers(plotting, inspect.isfunction))
    assert set(functions) == set(ARGUMENTS), "give a new figure function its arguments in ARGUMENTS"


@pytest.mark.parametrize("name", ARGUMENTS)
def test_it_draws_into_the_axes_it_is_given_and_labels_them_with_their_units(name):
    axes = drawn(name)
    assert all(ax.has_data() or ax.patches or ax.texts for ax in axes)
    if name in SCHEMATIC:
        return
    assert all(ax.get_ylabel() for ax in axes)
    assert axes[-1].get_xlabel(), "the lowest axes carry the label of a shared time axis"
    for label in [label for ax in axes for label in (ax.get_xlabel(), ax.get_ylabel())]:
        assert not label or re.search(r"\(.+\)", label), f"{label} names no unit, and does not say that there is none"


def test_each_says_which_lesson_introduced_it():
    assert [name for name in ARGUMENTS if "Introduced in lesson" not in getattr(plotting, name).__doc__] == []


def test_the_gate_is_marked_where_it_stands():
    (ax,) = drawn("plot_gate")
    ((x, y),) = ax.lines[-1].get_xydata()
    assert (x, y) == (0.5, gru_ref.sigmoid(np.array(2 * 0.5 - 1.0)))


@pytest.mark.parametrize("x", [-6.0, 0.0, 5.9, 6.0])
def test_the_number_beside_the_mark_stays_within_the_picture(x):
    fig, ax = plt.subplots(figsize=(5.2, 2.8))
    plotting.plot_gate(ax, 1.0, 0.0, x)
    fig.canvas.draw()
    label = ax.texts[0].get_window_extent()
    assert label.x0 >= 0 and label.x1 <= fig.bbox.x1


def test_shares_of_a_histogram_add_up_to_a_hundred_per_cent():
    (ax,) = drawn("plot_gate_histogram")
    for outline in ax.patches:
        corners = outline.get_xy()
        heights = corners[1:-1:2, 1]
        assert np.isclose(heights[:20].sum(), 100)


def test_the_time_constants_are_marked_on_their_curves():
    (ax,) = drawn("plot_decay")
    marks = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert np.allclose([[t, level] for t, level in marks], [[gru_ref.time_constant(z), np.exp(-1)] for z in (0.5, 0.9)])


def test_a_roll_at_the_edge_of_the_keyboard_is_seen_whole():
    for keys, rows in ((slice(0, 3), 5), (slice(85, 88), 5), (slice(40, 43), 7)):
        roll = np.zeros((4, 88))
        roll[:, keys] = 1
        _, ax = plt.subplots()
        plotting.plot_roll(ax, roll)
        (image,) = ax.images
        assert image.get_array().shape == (rows, 4) and image.get_array().sum() == roll.sum()
