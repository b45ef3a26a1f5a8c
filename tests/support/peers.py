"""PyTorch's own layers with the course's parameters in them, to compare with."""

import numpy as np
import torch

CELLS = {"rnn": "RNNCell", "gru": "GRUCell", "lstm": "LSTMCell"}
LAYERS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def stacked(p):
    """The four arrays of PyTorch, gate by gate, from a cell's parameters or gradients."""
    K = len(p) // 4
    return [np.concatenate(p[k * K : (k + 1) * K]) for k in range(4)]


def torch_cell(kind, p):
    """PyTorch's cell with the parameters p."""
    H, I = p[0].shape
    cell = getattr(torch.nn, CELLS[kind])(I, H).to(torch.from_numpy(p[0]).dtype)
    cell.load_state_dict({name: torch.tensor(a) for name, a in zip(NAMES, stacked(p), strict=True)})
    return cell


def torch_layers(kind, network):
    """PyTorch's stacked layers with the parameters of a network, as `gru_ref.layers.init_network` draws it."""
    H, I = network[0][0][0].shape
    layers = getattr(torch.nn, LAYERS[kind])(I, H, len(network), bidirectional=len(network[0]) == 2)
    layers = layers.to(torch.from_numpy(network[0][0][0]).dtype)
    state = {name: torch.tensor(a) for name, a in named(network).items()}
    layers.load_state_dict(state)
    return layers


def named(network):
    """The arrays of a network, or of its gradients, under PyTorch's names."""
    return {
        f"{name}_l{k}{'_reverse' * d}": a
        for k, directions in enumerate(network)
        for d, p in enumerate(directions)
        for name, a in zip(NAMES, stacked(p), strict=True)
    }
