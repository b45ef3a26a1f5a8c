"""Each error gets an explanation, and a next step that fits it."""

import numpy as np
import pytest
import torch

import gru_ref
from grader.checking.advice import advise_on_error

P = gru_ref.init_gru(2, 3, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("code", "message", "next_step"),
    [
        ("p.W_ri", "Did you mean W_ir?", "parameter's name"),
        ("a[:1][1]", "out of bounds", "its only index is 0"),
        ("np.seterr(over='raise') and np.exp(1e9)", "FloatingPointError: overflow", "`np.seterr(…)`"),
        ("p.W_irr", "Did you mean W_ir?", "parameter's name"),
        ("exp(1)", "name 'exp' is not defined", "`np.exp` exists"),
        ("sigmoid(a)", "name 'sigmoid' is not defined", "`gru_ref.sigmoid` exists"),
        ("W_hz", "name 'W_hz' is not defined", "write `p.` before"),
        ("surely_unknown", "name 'surely_unknown' is not defined", "misspelt"),
        ("__import__('math').exp(a)", "TypeError", "`np.exp`"),
        ("gru_ref.gate(a, a, a, a, a, a)", "but its", "in its order"),
        ("gru_ref.clip_by_global_norm(1.0, p)", "max_norm is a GRUParams", "in its order"),
        ("gru_ref.sigmoid(a.astype(int))", "should hold floats", "in a new cell below"),
        ("a @ a", "matmul", "inner sizes"),
        ("a - a.max(axis=-1)", "shapes (2,3) (2,)", "`keepdims=True`"),
        ("np.ones(4) * np.ones((4, 5, 6))", "shapes (4,) (4,5,6)", "`keepdims=True`"),
        ("np.ones((2, 3)) - np.ones((2, 4))", "shapes (2,3) (2,4)", "Is one transposed"),
        ("np.random.default_rng(0).choice(2, p=[2.0, -1.0])", "not non-negative", "`p.sum()`"),
        ("np.random.default_rng(0).choice(2, p=[0.6, 0.6])", "do not sum to 1", "`p.sum()`"),
        ("np.ln(2)", "no attribute 'ln'", "`np.log`"),
        ("np.einsum('bi,bi->bh', a, a)", "never appeared", "after `->` only letters"),
        ("np.einsum('bi,ij->bj', a, a)", "remapped shapes", "equal letters for equal sizes"),
        ("np.concatenate([a, a.T])", "must match exactly", "`axis=…`"),
        ("np.concatenate(a, a)", "scalar index", "`np.concatenate([a, b])`"),
        ("np.stack([a, a.T])", "the same shape", "Print the shapes"),
        ("np.stack([])", "at least one array", "is anything appended"),
        ("a.append(1)", "no attribute 'append'", "`np.stack(the_list)`"),
        ("[].append(1).append(2)", "'NoneType'", "returns nothing"),
        ("None.sum()", "'NoneType'", "was left out"),
        ("(lambda x: x[0])(None)", "'NoneType'", "was left out"),
        ("a * None", "'NoneType'", "without `return`"),
        ("[a, a].shape", "no attribute 'shape'", "Convert it to an array"),
        ("(lambda x, y: x)(*[x for x, y in [(1,)]])", "not enough values to unpack", "how many parts"),
        ("p._replace(W_ri=a)", "Did you mean W_ir?", "fixed names"),
        ("gru_ref.GRUParams(W_zi=a)", "Did you mean W_iz?", "by its name"),
        ("gru_ref.GRUParams(a, a)", "missing 10", "by its name"),
        ("p['W_hn']", "tuple indices", "`p.W_hn`"),
        ("setattr(p, 'W_hn', a)", "can't set attribute", "`p._replace("),
        ("a.__setitem__(0, np.ones(4))", "could not broadcast input", "that you fill"),
        ("np.broadcast_to(a, (4, 2, 3)).__setitem__(0, a)", "read-only", "makes a new one"),
        ("np.split(a, 3)", "equal division", "first axis"),
        ("-p", "unary -", "`p.W_iz`"),
        ("1 - p", "unsupported operand", "`p.W_iz`"),
        ("a and a", "truth value", "`np.all(…)`"),
        ("a[0.5]", "only integers", "is an integer"),
        ("a[:, :, 0]", "too many indices", "shape"),
        ("a[[True, False, True]]", "boolean index", "mask"),
        ("a[[0, 1], [0, 1, 2]]", "shape mismatch", "one entry for each pair"),
        ("a[a]", "must be of integer", "is an integer"),
        ("a[0, 0][0]", "invalid index", "one number"),
        ("[].pop()", "empty list", "It is empty"),
        ("[1][3]", "out of range", "past the end"),
        ("a[2]", "out of bounds", "past the end"),
        ("np.take_along_axis(a, np.zeros(2, int), 1)", "same number of dimensions", "indices[..., None]"),
        ("0.9^2", "for ^", "`**`"),
        ("0.9 * [a, a]", "multiply sequence", "tree_map"),
        ("gru_ref.Model([], a, a) / 2.0", "'Model'", "tree_map"),
        ("gru_ref.tree_map(p, abs)", "not callable", "a different order"),
        ("a.sum(axis=2)", "axis 2 is out of bounds", "counted from 0"),
        ("np.zeros(2, 3)", "data type", "two pairs of brackets"),
        ("a.reshape(4, 4)", "cannot reshape", "multiplied"),
        ("np.random.default_rng(0).rand(3)", "no attribute 'rand'", "`rng.normal`"),
        ("range(2.0)", "as an integer", "`//`"),
        ("{}['x']", "KeyError", "keys()"),
    ],
)
def test_an_error_is_followed_by_a_next_step_that_fits(code, message, next_step):
    with pytest.raises(Exception) as raised:
        eval(code, {"np": np, "gru_ref": gru_ref, "p": P, "a": np.ones((2, 3))})
    said, advised = advise_on_error(raised.value, None)
    assert message in said
    assert next_step in advised


@pytest.mark.parametrize(
    ("code", "message", "next_step"),
    [
        ("t @ t", "mat1 and mat2", "inner sizes"),
        ("t + torch.ones(2, 4)", "must match the size", "don't fit"),
        ("t @ torch.ones(3, 2).double()", "same dtype", "float32"),
        ("t.sum().backward()", "does not require grad", "`.detach()`"),
        ("w.numpy()", "Can't call numpy", "`.detach()` it first"),
        ("w.add_(1)", "in-place", "make a new tensor"),
        ("torch.zeros(3).sum(dim=1)", "Dimension out of range", "fewer axes than you think"),
        ("torch.zeros(1, 3)[1]", "out of bounds", "its only index is 0"),
        ("[s.backward() for s in [(w * w).sum()] * 2]", "a second time", "carried on"),
        ("nn.Linear(2, 3).load_state_dict({'W': w})", "Missing key", "by name and shape"),
        ("nn.Module()(t)", "missing the required", "def forward(self"),
        (
            "type('X', (nn.Module,), {'__init__': lambda s: setattr(s, 'a', w)})()",
            "before Module",
            "super().__init__()",
        ),
        ("nn.functional.cross_entropy(t, t[:, 0])", "Long", "they are integers"),
        ("torch.tanh(np.ones(3))", "must be Tensor", "torch.tensor(a)"),
        ("nn.Parameter(np.ones(3))", "no attribute 'detach'", "torch.tensor(a)"),
        ("nn.GRU(2, 3)(t)", "input_size", "last axis"),
        ("t.item()", "converted to Scalar", "one number"),
        ("1 if t > 0 else 0", "oolean value of Tensor", "torch.where"),
    ],
)
def test_an_error_of_pytorch_is_followed_by_a_next_step_that_fits(code, message, next_step):
    names = {"torch": torch, "nn": torch.nn, "np": np, "t": torch.ones(2, 3), "w": torch.nn.Parameter(torch.ones(3))}
    with pytest.raises(Exception) as raised:
        eval(code, names)
    said, advised = advise_on_error(raised.value, None)
    assert message in said
    assert next_step in advised
