"""Reference package of the course: pure mathematics, models, data and figures. Knows nothing of grading or Jupyter."""

from gru_ref.gates import blend, candidate, gate, reset_gate, sigmoid, update_gate
from gru_ref.init import init_gru, init_rnn, orthogonal
from gru_ref.memory import ema, half_life, time_constant
from gru_ref.params import GRUParams, RNNParams
from gru_ref.rnn import count_rnn_parameters, gradient_norms, rnn_forward, rnn_jacobian, rnn_step

__all__ = [
    "GRUParams",
    "RNNParams",
    "blend",
    "candidate",
    "count_rnn_parameters",
    "ema",
    "gate",
    "gradient_norms",
    "half_life",
    "init_gru",
    "init_rnn",
    "orthogonal",
    "reset_gate",
    "rnn_forward",
    "rnn_jacobian",
    "rnn_step",
    "sigmoid",
    "time_constant",
    "update_gate",
]
