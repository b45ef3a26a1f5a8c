"""Figures of the course. Importing this package applies the course's style to matplotlib.

Every function draws into given axes, labels them with units, and returns nothing.
"""

from pathlib import Path

import matplotlib.pyplot as plt

from gru_ref.plotting.backpropagation import (
    plot_links,
    plot_step_size,
    plot_truncation,
    plot_way_back,
    plot_ways_back,
)
from gru_ref.plotting.cell import plot_gru_cell, plot_gru_sequence
from gru_ref.plotting.comparison import (
    plot_counters,
    plot_intervals,
    plot_lstm_cell,
    plot_paired_runs,
    plot_seed_curves,
    plot_sizes,
)
from gru_ref.plotting.conventions import plot_concatenated, plot_disagreement, plot_peers, plot_readings
from gru_ref.plotting.forecasting import (
    plot_errors_by_step,
    plot_fan,
    plot_folds,
    plot_forecasts,
    plot_late_forecast,
    plot_test_parts,
)
from gru_ref.plotting.foundations import (
    plot_blend,
    plot_decay,
    plot_gate,
    plot_gate_histogram,
    plot_gated_memory,
    plot_logistic,
    plot_memories,
    plot_norm_against_lag,
    plot_recall,
    plot_reset,
    plot_states,
    plot_stretch,
    plot_tanh_slope,
    plot_time_constants,
    plot_unrolled,
)
from gru_ref.plotting.gradient_memory import plot_gates_against_lag, plot_memory_lengths, plot_norm_while_training
from gru_ref.plotting.language import plot_bits_by_context, plot_bits_by_known, plot_streams, plot_temperatures
from gru_ref.plotting.music import plot_nats, plot_roll
from gru_ref.plotting.pytorch import (
    plot_chunk_times,
    plot_loss_by_epoch,
    plot_sensors,
    plot_through_padding,
    plot_time_ratios,
)
from gru_ref.plotting.sentiment import (
    plot_accuracy_by_size,
    plot_coverage,
    plot_two_splits,
    plot_verdict_by_word,
)
from gru_ref.plotting.sequences import plot_both_directions, plot_drift, plot_padded_batch, plot_reach
from gru_ref.plotting.speech import (
    plot_classes,
    plot_digit_errors,
    plot_mel_filters,
    plot_wave_and_energies,
)
from gru_ref.plotting.training import plot_chunks, plot_cliff, plot_descent, plot_learning_curves, plot_sweep
from gru_ref.plotting.translation import plot_attention, plot_by_length, plot_word_errors

__all__ = [
    "plot_accuracy_by_size",
    "plot_attention",
    "plot_bits_by_context",
    "plot_bits_by_known",
    "plot_blend",
    "plot_both_directions",
    "plot_by_length",
    "plot_chunk_times",
    "plot_chunks",
    "plot_classes",
    "plot_cliff",
    "plot_concatenated",
    "plot_counters",
    "plot_coverage",
    "plot_decay",
    "plot_descent",
    "plot_digit_errors",
    "plot_disagreement",
    "plot_drift",
    "plot_errors_by_step",
    "plot_fan",
    "plot_folds",
    "plot_forecasts",
    "plot_gate",
    "plot_gate_histogram",
    "plot_gated_memory",
    "plot_gates_against_lag",
    "plot_gru_cell",
    "plot_gru_sequence",
    "plot_intervals",
    "plot_late_forecast",
    "plot_learning_curves",
    "plot_links",
    "plot_logistic",
    "plot_loss_by_epoch",
    "plot_lstm_cell",
    "plot_mel_filters",
    "plot_memories",
    "plot_memory_lengths",
    "plot_nats",
    "plot_norm_against_lag",
    "plot_norm_while_training",
    "plot_padded_batch",
    "plot_paired_runs",
    "plot_peers",
    "plot_reach",
    "plot_readings",
    "plot_recall",
    "plot_reset",
    "plot_roll",
    "plot_seed_curves",
    "plot_sensors",
    "plot_sizes",
    "plot_states",
    "plot_step_size",
    "plot_streams",
    "plot_stretch",
    "plot_sweep",
    "plot_tanh_slope",
    "plot_temperatures",
    "plot_test_parts",
    "plot_through_padding",
    "plot_time_constants",
    "plot_time_ratios",
    "plot_truncation",
    "plot_two_splits",
    "plot_unrolled",
    "plot_verdict_by_word",
    "plot_wave_and_energies",
    "plot_way_back",
    "plot_ways_back",
    "plot_word_errors",
]

plt.style.use(Path(__file__).with_name("course.mplstyle"))
