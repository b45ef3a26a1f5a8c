"""Draw arguments for the checks of several lessons' exercises."""

import numpy as np

import gru_ref
from gru_ref import GRUParams


def draw_params(rng, I, H):
    """GRU parameters with nothing at zero and nothing small, so that no mistake can hide."""
    return GRUParams(*(rng.normal(0, 0.8, np.shape(a)) for a in gru_ref.init_gru(I, H, rng)))


def draw_step(rng, sizes=None):
    """Arguments (x, h, p) of one step; B, I and H all different, or these `sizes`."""
    B, I, H = sizes or rng.permutation([2, 3, 4, 5])[:3]
    return rng.normal(0, 1, (B, I)), rng.uniform(-0.9, 0.9, (B, H)), draw_params(rng, I, H)


# Refusals of exercises that need a number between 0 and 1.
OUTSIDE_0_TO_1 = (
    (0.0,),
    (1.0,),
    (-0.5,),
    (1.5,),
    lambda rng: (rng.uniform(1.05, 9),),
    lambda rng: (rng.uniform(-9, -0.05),),
)
