"""One GRU in other libraries' arrays, and back again; and, where they have one, an LSTM or RNN. Lesson 06.

Two cells differ in where the reset acts: `gru_step` resets after the matrix product (PyTorch, cuDNN, Flax, Keras by
default), `gru_step_reset_before` before it (the paper, ONNX by default, the concatenated form). Both take a GRUParams,
but with different meanings. A conversion changes how the same cell is written down; only `move_reset` leads from one
cell to the other, where that is possible.

Every conversion is exact: only sums of two biases are ever rounded. Results share no memory with the arguments.
"""

from gru_ref.conventions.blocks import PARAMETERS
from gru_ref.conventions.concatenated import Concatenated, from_concatenated, split_concatenated, to_concatenated
from gru_ref.conventions.equations import are_equivalent, flip_update_gate, merge_biases, move_reset
from gru_ref.conventions.flax import from_flax, from_nnx, to_flax, to_nnx
from gru_ref.conventions.keras import KerasArrays, from_keras, to_keras, torch_to_keras
from gru_ref.conventions.masks import pack_masked, unpack_masked
from gru_ref.conventions.onnx import ONNXArrays, from_onnx, to_onnx
from gru_ref.conventions.pytorch import TorchArrays, from_state_dict, from_torch, to_state_dict, to_torch
from gru_ref.conventions.stacked import Stacked, from_stacked, to_stacked

TAUGHT_IN = {"*": 6}  # conversions use one another, and the lesson's exercises

__all__ = [
    "PARAMETERS",
    "Concatenated",
    "KerasArrays",
    "ONNXArrays",
    "Stacked",
    "TorchArrays",
    "are_equivalent",
    "flip_update_gate",
    "from_concatenated",
    "from_flax",
    "from_keras",
    "from_nnx",
    "from_onnx",
    "from_stacked",
    "from_state_dict",
    "from_torch",
    "merge_biases",
    "move_reset",
    "pack_masked",
    "split_concatenated",
    "to_concatenated",
    "to_flax",
    "to_keras",
    "to_nnx",
    "to_onnx",
    "to_stacked",
    "to_state_dict",
    "to_torch",
    "torch_to_keras",
    "unpack_masked",
]
