# %% [markdown]
# # 03 · Gates
#
# text

# %%
import numpy as np

import gru_ref
from grader import check


# %% solution="sigmoid"
def sigmoid(a):
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)
    ### END SOLUTION


# %% check="sigmoid" points=2
check(sigmoid)


# %% solution="gate"
def gate(x, h, W, U, b_i, b_h):
    ### BEGIN SOLUTION
    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_h)
    ### END SOLUTION


# %% check="gate" points=2
check(gate)


# %% solution="reset_gate"
def reset_gate(x, h, p):
    ### BEGIN SOLUTION
    return gru_ref.gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)
    ### END SOLUTION


# %% check="reset_gate" points=2
check(reset_gate)


# %% solution="update_gate"
def update_gate(x, h, p):
    ### BEGIN SOLUTION
    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)
    ### END SOLUTION


# %% check="update_gate" points=2
check(update_gate)

# %% [markdown] written="why" points=2
# Why?
#
# ### BEGIN SOLUTION
# a
#
# **Rubric**
#
# - 1 point: x
# - 1 point: y
# ### END SOLUTION
