"""What an error is said to mean, and that the next step fits it."""

import numpy as np
import pytest

import gru_ref
from grader.advice import advise_on_error

P = gru_ref.init_gru(2, 3, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("code", "message", "next_step"),
    [
        ("p.W_ri", "Did you mean W_ir?", "parameter's name"),
        ("p.W_irr", "Did you mean W_ir?", "parameter's name"),
        ("exp(1)", "name 'exp' is not defined", "`np.exp` exists"),
        ("sigmoid(a)", "name 'sigmoid' is not defined", "`gru_ref.sigmoid` exists"),
        ("W_hz", "name 'W_hz' is not defined", "write `p.` before"),
        ("surely_unknown", "name 'surely_unknown' is not defined", "misspelt"),
        ("__import__('math').exp(a)", "TypeError", "`np.exp`"),
        ("gru_ref.gate(a, a, a, a, a, a)", "but its", "in its order"),
        ("gru_ref.sigmoid(a.astype(int))", "should hold floats", "Read the line above aloud"),
        ("a @ a", "matmul", "inner sizes"),
        ("np.ln(2)", "no attribute 'ln'", "`np.log`"),
    ],
)
def test_an_error_is_followed_by_a_next_step_that_fits(code, message, next_step):
    with pytest.raises(Exception) as raised:
        eval(code, {"np": np, "gru_ref": gru_ref, "p": P, "a": np.ones((2, 3))})
    said, advised = advise_on_error(raised.value, None)
    assert message in said
    assert next_step in advised
