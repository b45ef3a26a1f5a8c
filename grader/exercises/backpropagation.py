"""Lesson 08: a gradient measured, a gradient taken back through one step, and through a sequence."""

import itertools

import numpy as np

import gru_ref
from grader.drawing import draw_params, draw_step
from grader.exercise import THIN_RUNS, THIN_STEPS, Exercise, thin
from grader.rewritten import Rewritten
from gru_ref.layers import layer_backward

LESSON = "08_backpropagation"


def draw_backward_step(rng, sizes=None):
    """Arguments (dh, cache, p) of one step backward; B, I and H all different, the cache that of a real step."""
    x, h, p = draw_step(rng, sizes)
    return rng.normal(0, 1, h.shape), gru_ref.gru_step_with_cache(x, h, p)[1], p


def draw_sizes(rng):
    """(T, B, I, H), all different."""
    B, I, H = rng.permutation([2, 3, 4])
    return rng.integers(5, 7), B, I, H


def draw_backward_run(rng, sizes=None):
    """Arguments (dhs, caches, p) of a sequence backward; T, B, I and H all different, or these `sizes`."""
    T, B, I, H = sizes or draw_sizes(rng)
    p = draw_params(rng, I, H)
    _, caches = gru_ref.gru_forward_with_caches(rng.normal(0, 1, (T, B, I)), rng.uniform(-0.9, 0.9, (B, H)), p)
    return rng.normal(0, 1, (T, B, H)), caches, p


def far_too_large(rng):
    """A run whose gradients are so large that nobody clips them without being noticed."""
    dhs, caches, p = draw_backward_run(rng)
    return 40 * dhs, caches, p


def smooth_function(rng, shape):
    """A function of an array of this shape: smooth, curved along every entry, and no entry acts alone."""
    w = rng.uniform(0.5, 1.5, shape)

    def f(a):
        if np.shape(a) != shape:
            raise ValueError(f"f takes an array of shape {shape}, like a, but was given one of shape {np.shape(a)}")
        return float(np.sum(w * np.exp(a)) + 0.5 * np.sum(w * a) ** 2)

    return f


def draw_function(rng, shape=(3, 2)):
    """Arguments (f, a) of one numerical gradient."""
    return smooth_function(rng, shape), rng.uniform(-1, 1, shape)


# ------------------------------------------------------------------------------------------------ numerical gradient

numerical_gradient = Exercise(
    reference=gru_ref.numerical_gradient,
    inputs=draw_function,
    edges=tuple(draw_function(np.random.default_rng(k), shape) for k, shape in enumerate([(5,), (2, 1, 3), (1, 1)])),
    rtol=3e-7,
    atol=1e-8,
    hints=(
        "One entry at a time: a copy of a with this entry nudged up, another with it nudged down, all others as they were.",
        "`for index in np.ndindex(a.shape):` visits every entry of an array of any shape; `a[index]` is that entry.",
        "Make both copies inside the loop, `up = a.copy()`, `down = a.copy()`. Both points lie 2 · 10⁻⁵ apart: divide by that.",
    ),
)

numerically_wrong = Rewritten(
    numerical_gradient,
    """\
def numerical_gradient(f, a):
    step = 1e-5
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += step
        down[index] -= step
        gradient[index] = (f(up) - f(down)) / (2 * step)
    return gradient
""",
)


def _off_along(order, sign):
    """Recognises a gradient whose error goes with the function's second or third derivative: what a step causes."""

    def recognise(args, gradient):
        f, a = args
        right = gru_ref.numerical_gradient(f, a)
        off = gradient - right
        along = {2: np.empty_like(a), 3: np.empty_like(a)}
        for index in np.ndindex(a.shape):
            nudged = [a.copy() for _ in range(5)]
            for k in range(5):
                nudged[k][index] += (k - 2) * 1e-2
            values = [f(b) for b in nudged]
            along[2][index] = np.dot([0, 1, -2, 1, 0], values)
            along[3][index] = np.dot([-1, 2, 0, -2, 1], values)
        size = np.linalg.norm(off)
        cosines = {k: sign * np.sum(off * d) / (size * np.linalg.norm(d)) for k, d in along.items()}
        return cosines[order] == max(cosines.values()) > 0.98 and 2e-9 < size / np.linalg.norm(right) < 0.5

    return recognise


def _proportional(gradient, right):
    """Whether a gradient is the right one times some factor that is not nearly 1."""
    factor = np.sum(gradient * right) / np.sum(right**2)
    return factor > 0 and not 0.9 < factor < 1.1 and np.allclose(gradient / factor, right, rtol=1e-2, atol=1e-3)


def _halved(args, gradient):
    return np.allclose(2 * gradient, gru_ref.numerical_gradient(*args), rtol=1e-3, atol=1e-3)


@numerical_gradient.mistake(
    when=lambda args, gradient: np.any(gradient) and np.allclose(1e10 * gradient, gru_ref.numerical_gradient(*args))
)
def multiplied_by_the_step(f, a):
    """The brackets around 2 · step are missing

    `/ 2 * step` divides by 2, and then *multiplies* by the step. Write `/ (2 * step)`.
    """
    step = 1e-5
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += step
        down[index] -= step
        gradient[index] = (f(up) - f(down)) / 2 * step
    return gradient


@numerically_wrong
def not_divided():
    """The difference is not divided by anything

    f(up) − f(down) says how much f changes over the nudge. A slope is the change *for each unit* of a.
    """
    return [(" / (2 * step)", "")]


@numerically_wrong
def divided_by_one_step():
    """Everything is twice too large: it is divided by one step

    From the lower point to the upper one it is two steps, one down and one up.
    """
    return [("(2 * step)", "step")]


@numerically_wrong
def signs_exchanged():
    """Every sign is the opposite: down minus up

    Where f rises with a, its gradient is positive: take the upper value first.
    """
    return [("f(up) - f(down)", "f(down) - f(up)")]


@numerically_wrong
def everything_nudged_at_once():
    """Each of your numbers is the sum of all slopes

    This happens when all entries are nudged together, as `a + step` does: nudge one entry, and leave the others where they were.
    Or is each slope added to the whole of `gradient`? It belongs to one entry.
    """
    return [("up[index] += step", "up += step"), ("down[index] -= step", "down -= step")]


@numerically_wrong
def one_array_for_both():
    """All differences are 0

    f(up) and f(down) were equal each time. There are three usual causes. `up` and `down` are two names of one array, since
    `=` and `[:]` copy nothing, and `up = down = a.copy()` copies once: nudged up and then down it is where it was. Or the
    step is so small that it is lost beside the entry, as 1e-20 is beside 1. Or the result was never filled in. Print `up - down`.
    """
    return [("up, down = a.copy(), a.copy()", "up = down = a.copy()")]


@numerically_wrong
def copied_once():
    """The copies are made once, before the loop

    They keep the nudges of all entries before, so your numbers add up: the second is the sum of the first two slopes,
    and so on. Begin each entry with fresh copies, or take the nudge back.
    """
    return [
        ("    for index", "    up, down = a.copy(), a.copy()\n    for index"),
        ("        up, down = a.copy(), a.copy()\n", ""),
    ]


@numerically_wrong
def nudge_not_taken_back():
    """The nudge is not taken back before the next entry

    After up by one step and down by two, the entry lies one step too low, and stays there while the others are nudged.
    The error is small, of the size of the step, but it is there: begin each entry from a itself.
    """
    return [
        ("    for index", "    b = a.copy()\n    for index"),
        ("        up, down = a.copy(), a.copy()\n        up[index] += step\n", "        b[index] += step\n        up = f(b)\n"),
        ("        down[index] -= step\n", "        b[index] -= 2 * step\n        down = f(b)\n"),
        ("f(up) - f(down)", "up - down"),
    ]  # fmt: skip


@numerically_wrong
def callers_array_nudged():
    """The nudges are made in the caller's own array, and not taken back

    `a[index] += step` changes the array that was handed in. Whoever asks for a gradient still needs it as it was. Nudge copies.
    """
    return [
        ("        up, down = a.copy(), a.copy()\n        up[index] += step\n", "        a[index] += step\n        up = f(a)\n"),
        ("        down[index] -= step\n", "        a[index] -= 2 * step\n        down = f(a)\n"),
        ("f(up) - f(down)", "up - down"),
    ]  # fmt: skip


@numerically_wrong
def nudge_taken_back_by_arithmetic():
    """The nudges in the caller's own array are not taken back to the last digit

    With floats, up by one step, down by two and up by one more does not always end where it began: rounding leaves a last
    digit changed. Note the entry's value and put it back, or nudge copies.
    """
    return [
        ("        up, down = a.copy(), a.copy()\n        up[index] += step\n", "        a[index] += step\n        up = f(a)\n"),
        ("        down[index] -= step\n", "        a[index] -= 2 * step\n        down = f(a)\n        a[index] += step\n"),
        ("f(up) - f(down)", "up - down"),
    ]  # fmt: skip


@numerically_wrong
def power_written_with_a_hat():
    """The step is −15: `10^-5` is no power in Python

    `^` compares bits. A power is written `**`; `1e-5` is the number itself.
    """
    return [("step = 1e-5", "step = 10^-5")]


@numerically_wrong
def nudged_in_proportion():
    """Every slope is multiplied by its entry: the nudge is a part of the entry

    `up[index] *= 1 + step` nudges a large entry by more than a small one, and an entry of 0 not at all, but you divide by
    the same distance for all. The step is added to each entry.
    """
    return [("up[index] += step", "up[index] *= 1 + step"), ("down[index] -= step", "down[index] *= 1 - step")]


@numerically_wrong
def flattened():
    """The numbers are right, but the shape is lost

    They come in one long row. The gradient of f in a has a's own shape: one number for each entry, at its place.
    """
    return [("return gradient", "return gradient.ravel()")]


@numerically_wrong
def first_axis_alone():
    """Whole rows are nudged

    `for i in range(len(a))` visits rows, and `up[i] += step` nudges all of one row. Of an array with more axes than one
    you get sums over rows. Visit single entries: `np.ndindex(a.shape)`.
    """
    return [("np.ndindex(a.shape)", "range(len(a))")]


@numerically_wrong
def two_axes_alone():
    """It works for arrays of two axes only

    Two loops, over `a.shape[0]` and `a.shape[1]`, fit a matrix. A bias has one axis, and other arrays have three.
    `np.ndindex(a.shape)` visits every entry, however many axes there are.
    """
    return [
        ("for index in np.ndindex(a.shape):\n", "for index in [(i, j) for i in range(a.shape[0]) for j in range(a.shape[1])]:\n")
    ]  # fmt: skip


@numerically_wrong
def one_axis_alone():
    """It works for arrays of one axis only

    `a.size` counts all entries, but `a[i]` with a single number picks a whole row if there are more axes.
    `np.ndindex(a.shape)` visits every entry, however many axes there are.
    """
    return [("np.ndindex(a.shape)", "range(a.size)")]


@numerically_wrong
def returned_within_the_loop():
    """It returns after the first entry

    The `return` stands inside the loop: one entry is done, and all others are still 0. Move it out, to the left.
    """
    return [("    return gradient", "        return gradient")]


@numerically_wrong
def entry_replaced_by_the_step():
    """The entry is replaced by the step, not nudged by it

    `up[index] = step` forgets where a was. A nudge is added: `+=`.
    """
    return [("up[index] += step", "up[index] = step"), ("down[index] -= step", "down[index] = -step")]


@numerically_wrong
def nudged_around_zero():
    """f is given the nudge alone, without a

    This is the slope at 0. The gradient is asked for at a: add the nudge to it.
    """
    return [("up, down = a.copy(), a.copy()", "up, down = 0 * a, 0 * a")]


@numerically_wrong
def entry_alone_given_to_f():
    """f is given one entry, not the whole array

    `f(a[index] + step)` hands over a single number. f wants everything: the whole array, with one entry nudged.
    """
    return [
        ("        up[index] += step\n        down[index] -= step\n", ""),
        ("f(up) - f(down)", "f(up[index] + step) - f(down[index] - step)"),
    ]


@numerically_wrong
def absolute_values():
    """The signs are lost

    A slope may be negative: where f falls as a rises, its gradient is below 0. Leave out `abs`.
    """
    return [("(f(up) - f(down))", "abs(f(up) - f(down))")]


@numerical_gradient.mistake(when=_off_along(2, 1))
def nudged_up_only(f, a):
    """This is a one-sided difference: from a itself, upwards

    It is off by half a step times the function's bend, and that shows: every number errs to the side to which f bends.
    Nudge up *and* down, and the bend cancels.
    """
    step = 1e-5
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up = a.copy()
        up[index] += step
        gradient[index] = (f(up) - f(a)) / step
    return gradient


@numerical_gradient.mistake(when=_off_along(2, -1))
def nudged_down_only(f, a):
    """This is a one-sided difference: from a itself, downwards

    It is off by half a step times the function's bend, and that shows. Nudge up *and* down, and the bend cancels.
    """
    step = 1e-5
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        down = a.copy()
        down[index] -= step
        gradient[index] = (f(a) - f(down)) / step
    return gradient


@numerical_gradient.mistake(when=_off_along(3, 1))
def step_too_large(f, a):
    """The step is too large

    It is a central difference, but over so wide a step that the function's own curve shows: the error grows with the
    square of the step. The lesson takes 10⁻⁵.
    """
    step = 1e-2
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += step
        down[index] -= step
        gradient[index] = (f(up) - f(down)) / (2 * step)
    return gradient


@numerically_wrong.recognised_by(_halved)
def one_nudge_divided_by_two_steps():
    """Every slope is half of what it should be: the two points lie one step apart, and you divide by two

    One of them is a itself: f is not nudged to both sides. Or `down` is a copy of the `up` that was nudged before. Or a
    nudge goes into a copy that f never sees, as that of `flatten()`.
    """
    return [("f(up) - f(down)", "f(up) - f(a)")]


@numerical_gradient.mistake(when=lambda args, gradient: _proportional(gradient, gru_ref.numerical_gradient(*args)))
def divided_by_another_distance(f, a):
    """Every slope is off by the same factor: it is divided by something else than the distance of the two points

    From the lower point to the upper one it is the nudge down and the nudge up, together. Is the step that you nudge by
    the step that you divide by?
    """
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += 1e-5
        down[index] -= 1e-5
        gradient[index] = (f(up) - f(down)) / (2 * 1e-4)
    return gradient


@numerical_gradient.mistake(
    when=lambda args, gradient: (
        gradient.shape == args[1].shape
        and np.allclose(gradient, gru_ref.numerical_gradient(*args), rtol=0.05, atol=0.05)
        and not np.allclose(gradient, gru_ref.numerical_gradient(*args), rtol=1e-9, atol=1e-9)
    )
)
def step_too_small(f, a):
    """The numbers are close, but not close enough: digits are lost

    If your step is far below 10⁻⁵, both values of f agree in almost all of their digits, and what is left of the
    difference is rounding. Smaller is not better. The same goes for float32. And if you round the result, don't.
    """
    step = 1e-13
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += step
        down[index] -= step
        gradient[index] = (f(up) - f(down)) / (2 * step)
    return gradient


numerically_wrong.slips(
    ("divided_by_one_step", "not_divided"),
    ("signs_exchanged",),
    ("everything_nudged_at_once", "copied_once"),
    ("flattened",),
)


@numerical_gradient.law
def is_exact_for_a_sum(f, rng):
    """for a weighted sum of the entries the gradient is the weights, wherever it is taken

    A straight line has no bend: any step gives its slope.
    """
    w, a = rng.normal(0, 1, (2, 4, 3))
    return np.allclose(f(lambda a: float(np.sum(w * a)), a), w, rtol=1e-6, atol=1e-7)


@numerical_gradient.law(broken_by=lambda f, a: nudged_up_only_by_little(f, a))
def is_level_at_the_bottom_of_a_valley(f, rng):
    """at the bottom of a symmetric valley every slope is 0, however steep the valley

    Left and right of the bottom f is equally high. A difference to one side alone sees a slope there; and a step that is a
    part of a is no step at all where a = 0.
    """
    w = rng.uniform(1e6, 2e6, (2, 3))
    return np.all(np.abs(f(lambda a: float(np.sum(w * a**2)), np.zeros((2, 3)))) < 1e-3)


@numerical_gradient.law
def ignores_what_f_ignores(f, rng):
    """an entry that f does not use has gradient 0

    The others are not touched while it is nudged.
    """
    a = rng.uniform(-1, 1, (3, 2))
    gradient = f(lambda a: float(np.sum(np.exp(a[:, 0]))), a)
    return np.allclose(gradient[:, 1], 0) and np.all(gradient[:, 0] > 0.1)


def nudged_up_only_by_little(f, a):
    """A one-sided difference with the step that suits it best: only the law of the valley tells it from a central one."""
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up = a.copy()
        up[index] += 1e-8
        gradient[index] = (f(up) - f(a)) / 1e-8
    return gradient


@numerical_gradient.also_right
def in_one_flat_row(f, a):
    slopes = []
    for i in range(a.size):
        nudge = np.zeros(a.size)
        nudge[i] = 1e-5
        nudge = nudge.reshape(a.shape)
        slopes.append((f(a + nudge) - f(a - nudge)) / 2e-5)
    return np.array(slopes).reshape(a.shape)


@numerical_gradient.also_right
def with_a_step_that_fits_the_entry(f, a):
    gradient = np.empty(a.shape)
    b = a.copy()
    for index, value in np.ndenumerate(a):
        step = 6e-6 * max(1, abs(value))
        b[index] = value + step
        above = f(b)
        b[index] = value - step
        gradient[index] = (above - f(b)) / (2 * step)
        b[index] = value
    return gradient


@numerical_gradient.also_right
def by_four_points(f, a):
    gradient = np.empty_like(a)
    for index in np.ndindex(*a.shape):
        e = np.zeros_like(a)
        e[index] = 1e-3
        gradient[index] = (8 * (f(a + e) - f(a - e)) - (f(a + 2 * e) - f(a - 2 * e))) / 12e-3
    return gradient


# ----------------------------------------------------------------------------------------------------- one step back

gru_step_backward = Exercise(
    reference=gru_ref.gru_step_backward,
    inputs=draw_backward_step,
    edges=thin(draw_backward_step, THIN_STEPS),
    parts={"dx": "B I", "dh_prev": "B H", "grads": ""},
    hidden=(gru_ref.gru_backward, layer_backward),
    hints=(
        "Three stages. From dh to dn and dz, by the blend. From there to da_n, da_z and da_r, the gradients in the sums, one "
        "slope after the other; r is reached from da_n, by way of q. Then each sum gives to its weights, biases, x and h.",
        "A sum a = x Wᵀ + b + … gives `da.T @ x` to W, `da.sum(axis=0)` to b and `da @ W` to x. W_hn and b_hn stand inside "
        "q, not in a_n itself: for them the gradient is dq, which is da_n ⊙ r.",
        "h is heard four times: by the blend, with z, and by the three matrix products, with da_r, da_z and dq, each times "
        "its W_h, not transposed. Add the four. x is heard three times.",
    ),
)

backward_wrong = Rewritten(
    gru_step_backward,
    """\
def gru_step_backward(dh, cache, p):
    x, h, r, z, n, q = cache
    dn = dh * (1 - z)
    dz = dh * (h - n)
    da_n = dn * (1 - n**2)
    da_z = dz * z * (1 - z)
    da_r = da_n * q * r * (1 - r)
    dq = da_n * r
    dx = da_r @ p.W_ir + da_z @ p.W_iz + da_n @ p.W_in
    dh_prev = dh * z + da_r @ p.W_hr + da_z @ p.W_hz + dq @ p.W_hn
    W_ir, W_iz, W_in = da_r.T @ x, da_z.T @ x, da_n.T @ x
    W_hr, W_hz, W_hn = da_r.T @ h, da_z.T @ h, dq.T @ h
    b_ir, b_iz, b_in = da_r.sum(axis=0), da_z.sum(axis=0), da_n.sum(axis=0)
    b_hr, b_hz, b_hn = da_r.sum(axis=0), da_z.sum(axis=0), dq.sum(axis=0)
    grads = gru_ref.GRUParams(W_ir, W_iz, W_in, W_hr, W_hz, W_hn, b_ir, b_iz, b_in, b_hr, b_hz, b_hn)
    return dx, dh_prev, grads
""",
)


# The blend.


@backward_wrong
def gates_exchanged():
    """z and 1 − z are exchanged in all three places of the blend

    These are the gradients of h_new = z ⊙ n + (1 − z) ⊙ h, where z writes. Here z keeps: go back to the line of the
    forward step, and read off what multiplies n, what multiplies h.
    """
    return [
        ("dn = dh * (1 - z)", "dn = dh * z"),
        ("(h - n)", "(n - h)"),
        ("dh_prev = dh * z", "dh_prev = dh * (1 - z)"),
    ]


@backward_wrong
def gates_exchanged_in_dn_and_dz():
    """z and 1 − z are exchanged in dn and dz

    These are the gradients of h_new = z ⊙ n + (1 − z) ⊙ h, where z writes. Here z keeps, as you have it on the direct way to h.
    """
    return [("dn = dh * (1 - z)", "dn = dh * z"), ("(h - n)", "(n - h)")]


@backward_wrong
def gates_exchanged_in_dn_and_dh_prev():
    """z and 1 − z are exchanged in dn and on the direct way to h

    In the blend n is multiplied by 1 − z, and h by z. dz you have right.
    """
    return [("dn = dh * (1 - z)", "dn = dh * z"), ("dh_prev = dh * z", "dh_prev = dh * (1 - z)")]


@backward_wrong
def candidates_share_exchanged():
    """n gets the share of h: dn is built with z

    In the blend, n is multiplied by 1 − z. All that comes after dn is wrong with it: da_n, da_r, and what they give to.
    """
    return [("dn = dh * (1 - z)", "dn = dh * z")]


@backward_wrong
def candidates_share_negative():
    """z − 1 stands where 1 − z should, in dn

    What the blend writes of the candidate is 1 − z, which is positive. So all that goes by way of n has the wrong sign.
    """
    return [("dn = dh * (1 - z)", "dn = dh * (z - 1)")]


@backward_wrong
def candidates_share_missing():
    """dn is dh whole: the factor from the blend is missing

    Only a part of n is written into the new state. A change of n counts for that part.
    """
    return [("dn = dh * (1 - z)", "dn = dh")]


@backward_wrong
def brackets_missing_in_dn():
    """The brackets around 1 − z are missing in dn

    `dh * 1 - z` multiplies first: it is dh − z.
    """
    return [("dn = dh * (1 - z)", "dn = dh * 1 - z")]


@backward_wrong
def brackets_missing_in_dz():
    """The brackets around h − n are missing in dz

    `dh * h - n` multiplies first, and n is taken off without its factor dh.
    """
    return [("dh * (h - n)", "dh * h - n")]


@backward_wrong
def difference_turned_round():
    """n − h stands where h − n should, in dz

    More z means more of the old state and less of the candidate. What the loss gains by it is dh times old minus new.
    """
    return [("(h - n)", "(n - h)")]


@backward_wrong
def candidate_missing_in_dz():
    """dz forgets the candidate: it is dh ⊙ h

    z stands in the blend twice, in z ⊙ h and in (1 − z) ⊙ n. Both listen to it.
    """
    return [("(h - n)", "h")]


@backward_wrong
def state_missing_in_dz():
    """dz forgets the old state: it is −dh ⊙ n

    z stands in the blend twice, in z ⊙ h and in (1 − z) ⊙ n. Both listen to it.
    """
    return [("(h - n)", "(-n)")]


@backward_wrong
def sum_in_dz():
    """h + n stands where h − n should, in dz

    n is multiplied by 1 − z, and so its share *falls* as z rises: a minus.
    """
    return [("(h - n)", "(h + n)")]


@backward_wrong
def of_the_gru_of_many_articles():
    """These are the gradients of the GRU that many articles print

    There z is the part that is *written*, (1 − z) ⊙ h + z ⊙ n, and r multiplies h *before* the product with W_hn. Here, as
    in PyTorch, z is the part that is kept, and r multiplies the product, q = W_hn h + b_hn. Start from this blend.
    """
    return [
        ("dn = dh * (1 - z)", "dn = dh * z"),
        ("dz = dh * (h - n)", "dz = dh * (n - h)"),
        ("da_r = da_n * q * r * (1 - r)", "da_r = (da_n @ p.W_hn) * h * r * (1 - r)"),
        ("dq = da_n * r", "dq = da_n"),
        ("dh_prev = dh * z", "dh_prev = dh * (1 - z)"),
        (" + dq @ p.W_hn", " + (dq @ p.W_hn) * r"),
        ("dq.T @ h", "dq.T @ (r * h)"),
    ]


@backward_wrong
def dz_built_from_dn():
    """dz has the factor 1 − z once too often

    Two ways lead here. Either dz is built from dn, which has that factor already, and not from dh. Or dz is dh · (h − h_new),
    with h_new in place of n: h − h_new is (1 − z)(h − n). z's own slope is h − n, and it multiplies dh.
    """
    return [("dz = dh", "dz = dn")]


# The squashing functions.


@backward_wrong
def tanh_slope_missing():
    """The slope of tanh is missing on the way from n to its sum

    da_n is the gradient in the sum *inside* tanh. Yours is still the one outside. tanh′ can be had from n itself.
    """
    return [("da_n = dn * (1 - n**2)", "da_n = dn")]


@backward_wrong
def tanh_slope_twice():
    """The slope of tanh is multiplied in twice

    There is one tanh on this way, so there is one factor 1 − n².
    """
    return [("dn * (1 - n**2)", "dn * (1 - n**2) ** 2")]


@backward_wrong
def tanh_applied_again():
    """tanh is applied to n once more before its slope is taken

    This is 1 − tanh²(n). n is a tanh already: its slope is 1 minus its own square.
    """
    return [("(1 - n**2)", "(1 - np.tanh(n) ** 2)")]


@backward_wrong
def tanh_slope_of_the_sum_as_it_is():
    """The slope is taken of the sum itself, 1 − a², in place of tanh of it

    tanh′(a) = 1 − tanh²(a), and tanh(a) is n. The sum a is not needed on the way back: that is why the cache lacks it.
    """
    return [("(1 - n**2)", "(1 - np.arctanh(n) ** 2)")]


@backward_wrong
def square_missing():
    """The square is missing in tanh's slope: this is 1 − n

    tanh′ = 1 − tanh². At n = −1, where tanh is flat, yours would be 2.
    """
    return [("(1 - n**2)", "(1 - n)")]


@backward_wrong
def square_of_the_difference():
    """This is (1 − n)² where 1 − n² should be

    Only n is squared, not the difference: mind the brackets.
    """
    return [("(1 - n**2)", "(1 - n) ** 2")]


@backward_wrong
def brackets_missing_in_the_slope():
    """The brackets around 1 − n² are missing

    `dn * 1 - n**2` multiplies first: it is dn − n².
    """
    return [("dn * (1 - n**2)", "dn * 1 - n**2")]


@backward_wrong
def logistic_slope_for_tanh():
    """n gets the slope of σ, n (1 − n)

    The candidate is squashed by tanh, whose slope is 1 − n².
    """
    return [("(1 - n**2)", "n * (1 - n)")]


@backward_wrong
def tanh_slope_for_the_gates():
    """The gates get the slope of tanh, 1 − z² and 1 − r²

    They are squashed by σ. Its slope is σ (1 − σ).
    """
    return [("dz * z * (1 - z)", "dz * (1 - z**2)"), ("r * (1 - r)", "(1 - r**2)")]


@backward_wrong
def slope_of_z_missing():
    """The slope of σ is missing on the way from z to its sum

    da_z is the gradient in the sum *inside* σ. Yours is still the one outside.
    """
    return [("dz * z * (1 - z)", "dz")]


@backward_wrong
def slope_of_r_missing():
    """The slope of σ is missing on the way from r to its sum

    da_r is the gradient in the sum *inside* σ. Yours is still the one outside.
    """
    return [("da_n * q * r * (1 - r)", "da_n * q")]


@backward_wrong
def slopes_of_both_gates_missing():
    """The slope of σ is missing on the way from both gates to their sums

    da_z and da_r are gradients in the sums *inside* σ. Yours are still those outside.
    """
    return [("dz * z * (1 - z)", "dz"), ("da_n * q * r * (1 - r)", "da_n * q")]


@backward_wrong
def sigmoid_applied_again():
    """σ is applied to the gates once more before its slope is taken

    r and z have been through σ already: their slope is r (1 − r), z (1 − z), with these numbers as they stand.
    """
    return [
        ("z * (1 - z)\n    da_r", "gru_ref.sigmoid(z) * (1 - gru_ref.sigmoid(z))\n    da_r"),
        ("r * (1 - r)", "gru_ref.sigmoid(r) * (1 - gru_ref.sigmoid(r))"),
    ]


@backward_wrong
def half_a_slope_of_z():
    """The slope of σ is cut short in da_z: it is z, without 1 − z

    σ′ = σ (1 − σ) has two factors. At z near 1 the gate is flat, and its slope nearly 0.
    """
    return [("dz * z * (1 - z)", "dz * z")]


@backward_wrong
def half_a_slope_of_r():
    """The slope of σ is cut short in da_r: it is r, without 1 − r

    σ′ = σ (1 − σ) has two factors. At r near 1 the gate is flat, and its slope nearly 0.
    """
    return [("r * (1 - r)", "r")]


# The bracket behind the reset gate.


@backward_wrong
def reset_missing_everywhere():
    """The factor r is missing behind the bracket: in W_hn, in b_hn and in dh_prev

    q = W_hn h + b_hn reaches n through the reset gate. Its gradient dq is da_n ⊙ r, and all that stands inside q
    gets that.
    """
    return [("dq = da_n * r", "dq = da_n")]


@backward_wrong
def reset_missing_in_weights_and_bias():
    """The factor r is missing in the gradients of W_hn and b_hn

    Both stand inside the bracket that r multiplies. You have it right in dh_prev: W_hn h is the same bracket.
    """
    return [("dq.T @ h", "da_n.T @ h"), ("dq.sum(axis=0)", "da_n.sum(axis=0)")]


@backward_wrong
def reset_missing_in_the_weights():
    """The factor r is missing in the gradient of W_hn

    W_hn stands inside the bracket that r multiplies, so the error reaches it through r. b_hn, beside it, you have right.
    """
    return [("dq.T @ h", "da_n.T @ h")]


@backward_wrong
def reset_missing_in_the_bias():
    """The factor r is missing in the gradient of b_hn

    You give b_hn what b_in gets. But b_hn stands inside the bracket that r multiplies. For r and z both biases get the
    same gradient; for n they don't.
    """
    return [("dq.sum(axis=0)", "da_n.sum(axis=0)")]


@backward_wrong
def reset_missing_in_the_carry():
    """The factor r is missing in dh_prev, on the way through W_hn

    The candidate hears W_hn h only as far as r lets it through. The parameters' gradients are right.
    """
    return [("dq @ p.W_hn", "da_n @ p.W_hn")]


@backward_wrong
def reset_on_the_wrong_side_of_the_weights():
    """r is multiplied in after W_hn, in dh_prev: (da_n W_hn) ⊙ r

    In the forward step W_hn comes first and r after it. On the way back it is the other way round: first r, then W_hn.
    """
    return [("dq @ p.W_hn", "(da_n @ p.W_hn) * r")]


@backward_wrong
def reset_on_the_inputs_side_too():
    """The input's side of the candidate has got a factor r

    W_in x + b_in stands outside the bracket: r does not touch it. So neither W_in nor b_in nor x get an r.
    """
    return [("da_n @ p.W_in", "dq @ p.W_in"), ("da_n.T @ x", "dq.T @ x"), ("da_n.sum(axis=0)", "dq.sum(axis=0)")]


@backward_wrong
def reset_in_b_in():
    """The gradient of b_in has got a factor r

    b_in stands outside the bracket that r multiplies: it gets da_n as it is.
    """
    return [("da_n.sum(axis=0)", "dq.sum(axis=0)")]


@backward_wrong
def reset_before_the_product():
    """These are the gradients of the other GRU, whose reset acts before the product

    For n = tanh(W_in x + b_in + W_hn (r ⊙ h) + b_hn) they would be right. Here r multiplies the bracket W_hn h + b_hn.
    """
    return [
        ("da_n * q * r * (1 - r)", "(da_n @ p.W_hn) * h * r * (1 - r)"),
        ("dq @ p.W_hn", "(da_n @ p.W_hn) * r"),
        ("dq.T @ h", "da_n.T @ (r * h)"),
        ("dq.sum(axis=0)", "da_n.sum(axis=0)"),
    ]


@backward_wrong
def reset_on_the_state_in_the_weights():
    """W_hn gets a_nᵀ (r ⊙ h): r sits on the state in place of the sum

    That is the gradient where r multiplies h before the product. Here r belongs to the unit that listens, so it goes
    with da_n.
    """
    return [("dq.T @ h", "da_n.T @ (r * h)")]


@backward_wrong
def reset_path_forgotten():
    """r's own way is forgotten: the reset gate's parameters get 0

    r multiplies q inside the candidate's sum. A change of r changes n, and so the loss: follow the error from da_n to r,
    to its sum, and on to x and h.
    """
    return [("da_n * q * r * (1 - r)", "np.zeros_like(r)")]


@backward_wrong
def bracket_missing():
    """The factor q is missing on the way to r

    r multiplies q: the more there is in the bracket, the more a change of r counts.
    """
    return [("da_n * q * r", "da_n * r")]


@backward_wrong
def bracket_without_its_bias():
    """q is W_hn h alone: b_hn is forgotten

    r multiplies the whole bracket, its bias included. The cache holds it ready: q.
    """
    return [("da_n * q * r", "da_n * (h @ p.W_hn.T) * r")]


@backward_wrong
def state_for_bracket():
    """h stands where q should, on the way to r

    r multiplies the bracket q = W_hn h + b_hn, not the state itself.
    """
    return [("da_n * q * r", "da_n * h * r")]


@backward_wrong
def tanh_skipped_on_the_way_to_r():
    """The way to r skips tanh: da_r is built from dn

    r sits inside tanh. The error passes tanh's slope before it reaches r, so start from da_n.
    """
    return [("da_r = da_n * q", "da_r = dn * q")]


@backward_wrong
def tanh_skipped_on_the_way_to_the_bracket():
    """The way to the bracket skips tanh: dq is built from dn

    q sits inside tanh. The error passes tanh's slope before it reaches q, so start from da_n.
    """
    return [("dq = da_n * r", "dq = dn * r")]


@backward_wrong
def factors_of_the_bracket_crossed():
    """dr and dq are exchanged: r gets the factor r, and q the factor q

    In a product r ⊙ q each factor gets the error times *the other*: the more there is in the bracket, the more a change
    of r counts.
    """
    return [("da_n * q * r * (1 - r)", "da_n * r * r * (1 - r)"), ("dq = da_n * r", "dq = da_n * q")]


@backward_wrong
def bracket_gets_itself():
    """dq holds the factor q in place of r

    In a product r ⊙ q each factor gets the error times *the other*. You have it right for r.
    """
    return [("dq = da_n * r", "dq = da_n * q")]


@backward_wrong
def candidate_skipped_on_the_way_to_r():
    """The way to r skips the candidate: da_r is built from dh

    r acts on h_new only by way of n: the error passes the blend and tanh before it reaches r.
    """
    return [("da_r = da_n * q", "da_r = dh * q")]


# What the old state hears.


@backward_wrong
def kept_part_missing():
    """dh_prev lacks the direct way: what z keeps of the old state

    h stands in the blend itself, as z ⊙ h. For a memory this is the main road. You have the other three ways.
    """
    return [("dh * z + ", "")]


@backward_wrong
def kept_whole():
    """dh_prev holds all of dh on the direct way, not the part z

    The blend keeps z ⊙ h. An addition passes a gradient on as it is, but here stands a product before the addition.
    """
    return [("dh * z +", "dh +")]


@backward_wrong
def complement_kept():
    """dh_prev holds dh ⊙ (1 − z) on the direct way

    z keeps: the blend holds z ⊙ h. 1 − z belongs to the candidate.
    """
    return [("dh * z +", "dh * (1 - z) +")]


@backward_wrong
def direct_way_alone():
    """dh_prev holds the direct way alone

    h is also read by both gates and by the candidate, each through its W_h: three more ways.
    """
    return [(" + da_r @ p.W_hr + da_z @ p.W_hz + dq @ p.W_hn", "")]


@backward_wrong
def carry_by_the_reset_gate_missing():
    """dh_prev lacks the way through the reset gate

    h is read by the reset gate, too, through W_hr: what da_r gives to it has to be added.
    """
    return [(" + da_r @ p.W_hr", "")]


@backward_wrong
def carry_by_the_update_gate_missing():
    """dh_prev lacks the way through the update gate

    h is read by the update gate, too, through W_hz: what da_z gives to it has to be added.
    """
    return [(" + da_z @ p.W_hz", "")]


@backward_wrong
def carry_by_the_candidate_missing():
    """dh_prev lacks the way through the candidate

    h is read by the candidate, too, through W_hn, behind r: what it gives to h has to be added.
    """
    return [(" + dq @ p.W_hn", "")]


@backward_wrong
def carry_by_both_gates_missing():
    """dh_prev lacks the ways through both gates

    h is read by the gates, too, through W_hr and W_hz. What they give to it has to be added.
    """
    return [(" + da_r @ p.W_hr + da_z @ p.W_hz", "")]


@backward_wrong
def carry_transposed():
    """The W_h are transposed in dh_prev

    In the forward step W is transposed, `h @ W.T`. The way back is the transpose of that: `da @ W`. W_h is square, so
    NumPy cannot tell.
    """
    return [("da_r @ p.W_hr + da_z @ p.W_hz + dq @ p.W_hn", "da_r @ p.W_hr.T + da_z @ p.W_hz.T + dq @ p.W_hn.T")]


def _dh_prev_is_one_of(choices):
    """Recognises a result whose dh_prev alone is wrong, and is one of what ``choices(dh, cache, p)`` yields."""

    def recognise(args, result):
        dx, dh_prev, grads = result
        right_dx, right_dh_prev, right_grads = gru_ref.gru_step_backward(*args)
        others_right = agree((dx, right_dh_prev, grads), (right_dx, right_dh_prev, right_grads))
        return others_right and any(np.allclose(dh_prev, wrong) for wrong in choices(*args))

    return recognise


def _some_ways(dh, cache, p):
    ways = _ways_to_h(dh, cache, p, ())
    return [sum(chosen) for count in (1, 2, 3) for chosen in itertools.combinations(ways, count)]


def _some_transposed(dh, cache, p):
    return [sum(_ways_to_h(dh, cache, p, of)) for count in (1, 2) for of in itertools.combinations("rzn", count)]


def _ways_to_h(dh, cache, p, transposed):
    """The four ways by which an error reaches the old state, with W_h of some gates transposed."""
    _, h, r, z, n, q = cache
    da_n = dh * (1 - z) * (1 - n**2)
    errors = {"r": da_n * q * r * (1 - r), "z": dh * (h - n) * z * (1 - z), "n": da_n * r}
    weights = {"r": p.W_hr, "z": p.W_hz, "n": p.W_hn}
    return [dh * z, *(errors[g] @ (weights[g].T if g in transposed else weights[g]) for g in "rzn")]


@backward_wrong.recognised_by(_dh_prev_is_one_of(_some_ways))
def several_ways_missing():
    """dh_prev lacks more than one of its four ways

    Go through the step and look for h: it stands in the blend, in the bracket q, and in the sums of both gates. What each
    of the four gives back is added.
    """
    return [("dh * z + ", ""), (" + da_z @ p.W_hz", "")]


@backward_wrong.recognised_by(_dh_prev_is_one_of(_some_transposed))
def some_weights_transposed_in_dh_prev():
    """Some of the W_h are transposed in dh_prev, and some are not

    The way back is `da @ W` for all of them. W_h is square, so NumPy cannot tell.
    """
    return [("da_z @ p.W_hz", "da_z @ p.W_hz.T")]


@backward_wrong
def units_meet_rows():
    """A matrix product in which H units meet B rows

    Three kinds of product are needed. What each row hears, in x or h: `da @ W`, the weights to the right. What a weight
    hears, from all rows: `da.T @ x`, the error transposed. And a slope, 1 − z say, is no matrix: `*`, unit by unit.
    """
    return [("da_r @ p.W_hr + da_z @ p.W_hz + dq @ p.W_hn", "p.W_hr.T @ da_r + p.W_hz.T @ da_z + p.W_hn.T @ dq")]


@backward_wrong
def gates_unsquashed_in_dh_prev():
    """In dh_prev the gates' ways start outside σ, from dr and dz

    W_hr and W_hz stand inside the squashing: it takes da_r and da_z. In the parameters you have it right.
    """
    return [("da_r @ p.W_hr + da_z @ p.W_hz", "(da_n * q) @ p.W_hr + dz @ p.W_hz")]


# What the input hears.


@backward_wrong
def input_weights_transposed():
    """A matrix product in which H units meet I inputs: a transpose too many

    In the forward step W is transposed, `x @ W.T`. The way back is the transpose of that: `da @ W`, (B, H) times (H, I).
    And for the weights it is the error that is transposed, `da.T @ x`.
    """
    return [("da_r @ p.W_ir + da_z @ p.W_iz + da_n @ p.W_in", "da_r @ p.W_ir.T + da_z @ p.W_iz.T + da_n @ p.W_in.T")]


@backward_wrong
def errors_transposed_in_dx():
    """A matrix product in which B rows meet H units: the error is transposed

    `da.T @ …` sums over the batch: that is for the parameters, which all rows share, and what follows has the rows first,
    x or h. Each row has an input and a state of its own: `da @ W`, (B, H) times (H, I) or (H, H).
    """
    return [
        (
            "da_r @ p.W_ir + da_z @ p.W_iz + da_n @ p.W_in",
            "da_r.T @ p.W_ir + da_z.T @ p.W_iz + da_n.T @ p.W_in",
        )
    ]


@backward_wrong
def input_by_the_candidate_alone():
    """dx holds the way through the candidate alone

    Both gates read x, too. What each of the three sums gives to it is added.
    """
    return [("da_r @ p.W_ir + da_z @ p.W_iz + ", "")]


@backward_wrong
def input_by_the_reset_gate_missing():
    """dx lacks the way through the reset gate

    All three, r, z and n, read x. What each of their sums gives to it is added.
    """
    return [("da_r @ p.W_ir + ", "")]


@backward_wrong
def input_by_the_update_gate_missing():
    """dx lacks the way through the update gate

    All three, r, z and n, read x. What each of their sums gives to it is added.
    """
    return [("da_z @ p.W_iz + ", "")]


@backward_wrong
def input_by_the_candidate_missing():
    """dx lacks the way through the candidate

    All three, r, z and n, read x. What each of their sums gives to it is added.
    """
    return [(" + da_n @ p.W_in", "")]


@backward_wrong
def reset_in_dx():
    """dx has got a factor r on its way through the candidate

    W_in x stands outside the bracket that r multiplies: x gets da_n through W_in, not dq. The parameters' gradients are right.
    """
    return [("da_n @ p.W_in", "dq @ p.W_in")]


@backward_wrong
def squashing_skipped_in_dx():
    """In dx the ways start outside the squashing, from dr, dz and dn

    The W_i stand inside σ and tanh: it takes da_r, da_z and da_n. In the parameters you have it right.
    """
    return [("da_r @ p.W_ir + da_z @ p.W_iz + da_n @ p.W_in", "(da_n * q) @ p.W_ir + dz @ p.W_iz + dn @ p.W_in")]


@backward_wrong
def reset_gate_reads_nothing():
    """dx and dh_prev both lack the way through the reset gate

    The reset gate reads x and h as the others do. What da_r gives to each of them, by its own matrix, has to be added.
    """
    return [("da_r @ p.W_ir + ", ""), (" + da_r @ p.W_hr", "")]


@backward_wrong
def update_gate_reads_nothing():
    """dx and dh_prev both lack the way through the update gate

    The update gate reads x and h as the others do. What da_z gives to each of them, by its own matrix, has to be added.
    """
    return [("da_z @ p.W_iz + ", ""), (" + da_z @ p.W_hz", "")]


@backward_wrong
def gates_matrices_exchanged_in_dh_prev():
    """In dh_prev the errors of the gates go through each other's matrix

    da_r belongs to W_hr, and da_z to W_hz.
    """
    return [("da_r @ p.W_hr + da_z @ p.W_hz", "da_r @ p.W_hz + da_z @ p.W_hr")]


@backward_wrong
def gates_matrices_exchanged_in_dx():
    """In dx the errors of the gates go through each other's matrix

    da_r belongs to W_ir, and da_z to W_iz.
    """
    return [("da_r @ p.W_ir + da_z @ p.W_iz", "da_r @ p.W_iz + da_z @ p.W_ir")]


# What the parameters hear.


@backward_wrong
def averaged_over_the_batch():
    """The parameters' gradients are averaged over the batch

    The loss here is whatever dh belongs to. A parameter serves every row, and what the rows say is added up; if the loss
    is a mean, that 1/B is in dh already.
    """
    return [
        ("    grads =", "    B = len(x)\n    grads ="),
        (
            "(W_ir, W_iz, W_in, W_hr, W_hz, W_hn, b_ir, b_iz, b_in, b_hr, b_hz, b_hn)",
            "(*(g / B for g in (W_ir, W_iz, W_in, W_hr, W_hz, W_hn, b_ir, b_iz, b_in, b_hr, b_hz, b_hn)))",
        ),
    ]


@backward_wrong
def biases_averaged():
    """The biases' gradients are averaged over the batch

    The product `da.T @ x` *sums* over the rows of the batch. So do the biases: `.sum(axis=0)`, not `.mean(axis=0)`.
    """
    return [
        ("da_r.sum(axis=0), da_z.sum(axis=0), da_n.sum", "da_r.mean(axis=0), da_z.mean(axis=0), da_n.mean"),
        ("da_r.sum(axis=0), da_z.sum(axis=0), dq.sum", "da_r.mean(axis=0), da_z.mean(axis=0), dq.mean"),
    ]


@backward_wrong
def biases_not_summed():
    """The biases' gradients are not summed over the batch

    They have an axis too many: (B, H). A bias is one number for each unit, which serves all rows of the batch.
    """
    return [
        ("da_r.sum(axis=0), da_z.sum(axis=0), da_n.sum(axis=0)", "da_r, da_z, da_n"),
        ("da_r.sum(axis=0), da_z.sum(axis=0), dq.sum(axis=0)", "da_r, da_z, dq"),
    ]


@backward_wrong
def biases_summed_over_the_units():
    """The biases' gradients are summed over the units, not over the batch

    `axis=1` runs over units. A bias belongs to one unit, and serves all rows: sum over the rows.
    """
    return [
        (
            "da_r.sum(axis=0), da_z.sum(axis=0), da_n.sum(axis=0)",
            "da_r.sum(axis=1), da_z.sum(axis=1), da_n.sum(axis=1)",
        ),
        ("da_r.sum(axis=0), da_z.sum(axis=0), dq.sum(axis=0)", "da_r.sum(axis=1), da_z.sum(axis=1), dq.sum(axis=1)"),
    ]


@backward_wrong
def biases_summed_over_everything():
    """The biases' gradients are summed over everything

    `.sum()` without an axis adds up all units as well. Each unit has its own bias: sum over the batch alone.
    """
    return [
        ("da_r.sum(axis=0), da_z.sum(axis=0), da_n.sum(axis=0)", "da_r.sum(), da_z.sum(), da_n.sum()"),
        ("da_r.sum(axis=0), da_z.sum(axis=0), dq.sum(axis=0)", "da_r.sum(), da_z.sum(), dq.sum()"),
    ]


@backward_wrong
def second_biases_get_nothing():
    """The biases b_h get 0, as though b_i had taken it all

    Both biases stand in the same sum. A nudge of either moves the loss: each gets the sum's gradient, whole.
    """
    return [("da_r.sum(axis=0), da_z.sum(axis=0), dq.sum(axis=0)", "0 * b_ir, 0 * b_iz, 0 * b_in")]


@backward_wrong
def biases_share_the_gradient():
    """The biases b_i and b_h of the gates get half the gradient each

    A nudge of b_ir alone moves the sum by the whole nudge. That b_hr could do the same changes nothing.
    """
    return [
        ("da_r.sum(axis=0), da_z.sum(axis=0), da_n", "da_r.sum(axis=0) / 2, da_z.sum(axis=0) / 2, da_n"),
        ("da_r.sum(axis=0), da_z.sum(axis=0), dq", "da_r.sum(axis=0) / 2, da_z.sum(axis=0) / 2, dq"),
    ]


@backward_wrong
def state_gradients_transposed():
    """The gradients of the W_h are transposed

    `h.T @ da` has the unit that is read first and the one that listens second. W_h[i, j] leads *to* i *from* j. It is
    square, so NumPy cannot tell.
    """
    return [("da_r.T @ h, da_z.T @ h, dq.T @ h", "h.T @ da_r, h.T @ da_z, h.T @ dq")]


@backward_wrong
def input_gradients_transposed():
    """The gradients of the W_i are transposed

    They are (I, H), and should be (H, I) like the W_i themselves.
    """
    return [("da_r.T @ x, da_z.T @ x, da_n.T @ x", "x.T @ da_r, x.T @ da_z, x.T @ da_n")]


@backward_wrong
def all_gradients_transposed():
    """All gradients of weights are transposed

    The gradient of W has the shape of W: first the unit that listens, then what it reads. With `x.T @ da` it is the other
    way round. (For the square W_h NumPy cannot tell.)
    """
    return [
        ("da_r.T @ x, da_z.T @ x, da_n.T @ x", "x.T @ da_r, x.T @ da_z, x.T @ da_n"),
        ("da_r.T @ h, da_z.T @ h, dq.T @ h", "h.T @ da_r, h.T @ da_z, h.T @ dq"),
    ]


@backward_wrong
def new_state_in_the_weights():
    """The W_h get the new state in place of the old one

    This is da.T @ h_new. The step's matrices read h, the state *before* the step: that is what the cache holds.
    """
    return [
        (
            "    W_hr, W_hz, W_hn = da_r.T @ h, da_z.T @ h, dq.T @ h",
            "    h_new = (1 - z) * n + z * h\n    W_hr, W_hz, W_hn = da_r.T @ h_new, da_z.T @ h_new, dq.T @ h_new",
        )
    ]


@backward_wrong
def squashed_values_in_the_weights():
    """The weights get the gradients *outside* the squashing functions

    You multiply x and h by dr, dz and dn. The weights stand inside σ and tanh: it takes da_r, da_z and da_n.
    """
    return [
        ("    W_ir, W_iz", "    dr = da_n * q\n    W_ir, W_iz"),
        ("da_r.T @ x, da_z.T @ x, da_n.T @ x", "dr.T @ x, dz.T @ x, dn.T @ x"),
        ("da_r.T @ h, da_z.T @ h, dq.T @ h", "dr.T @ h, dz.T @ h, (dn * r).T @ h"),
    ]


@backward_wrong
def gates_swapped_in_the_result():
    """The gradients of reset and update gate are exchanged

    What you hand back in the places of r belongs to z, and the other way round. The order of GRUParams is r, z, n; with
    names, `GRUParams(W_ir=…, W_iz=…, …)`, nothing can be taken for another.
    """
    return [
        (
            "(W_ir, W_iz, W_in, W_hr, W_hz, W_hn, b_ir, b_iz, b_in, b_hr, b_hz, b_hn)",
            "(W_iz, W_ir, W_in, W_hz, W_hr, W_hn, b_iz, b_ir, b_in, b_hz, b_hr, b_hn)",
        )
    ]


@backward_wrong
def biases_swapped_in_the_result():
    """The gradients of b_in and b_hn are exchanged

    b_hn stands inside the bracket that r multiplies, b_in outside. Which of the two should have the factor r?
    """
    return [
        ("b_ir, b_iz, b_in, b_hr, b_hz, b_hn)", "b_ir, b_iz, b_hn, b_hr, b_hz, b_in)"),
    ]


@backward_wrong
def cache_unpacked_in_another_order():
    """r and z are exchanged when the cache is unpacked

    A GRUCache is (x, h, r, z, n, q), in this order. With names, `cache.r`, nothing can be taken for another.
    """
    return [("x, h, r, z, n, q = cache", "x, h, z, r, n, q = cache")]


@backward_wrong
def candidate_unpacked_as_bracket():
    """n and q are exchanged when the cache is unpacked

    A GRUCache is (x, h, r, z, n, q), in this order. With names, `cache.n`, nothing can be taken for another.
    """
    return [("x, h, r, z, n, q = cache", "x, h, r, z, q, n = cache")]


@backward_wrong
def results_in_another_order():
    """dx and dh_prev are exchanged in the result

    The order is (dx, dh_prev, grads).
    """
    return [("return dx, dh_prev, grads", "return dh_prev, dx, grads")]


@backward_wrong
def negated():
    """Every gradient has the opposite sign

    The gradient points uphill, to where the loss *grows*. To go downhill is the optimiser's business, later.
    """
    return [
        (
            "return dx, dh_prev, grads",
            "return -dx, -dh_prev, gru_ref.GRUParams(*(-g for g in grads))",
        )
    ]


@backward_wrong
def parameters_in_place_of_gradients():
    """The parameters themselves are returned in place of their gradients

    `grads` has a gradient for each of them: build a new GRUParams from the products `da.T @ x` and the sums over the batch.
    """
    return [("return dx, dh_prev, grads", "return dx, dh_prev, p")]


def _is_a_step_downhill(args, result):
    p, gradients = args[2], gru_ref.gru_step_backward(*args)[2]
    moved = np.concatenate([(a - b).ravel() for a, b in zip(p, result[2], strict=True)])
    along = np.concatenate([g.ravel() for g in gradients])
    return np.any(moved) and np.allclose(moved, along * (moved @ along) / (along @ along), atol=1e-9)


@backward_wrong.recognised_by(_is_a_step_downhill)
def a_step_downhill():
    """The parameters are changed already: you return p minus a part of its gradients

    What to do with a gradient is the optimiser's business, in lesson 10. Return the gradients themselves.
    """
    return [
        ("return dx, dh_prev, grads", "return dx, dh_prev, gru_ref.GRUParams(*(a - 0.1 * g for a, g in zip(p, grads)))")
    ]


@backward_wrong
def dh_overwritten():
    """dh is changed in place, and used again after that

    `dh *= 1 - z` changes the caller's own array; and from then on, dz and the kept part are built from the changed one.
    Make a new array: `dn = dh * (1 - z)`.
    """
    return [("dn = dh * (1 - z)", "dn = dh\n    dn *= 1 - z")]


backward_wrong.slips(
    ("difference_turned_round", "candidate_missing_in_dz", "half_a_slope_of_z"),
    ("tanh_slope_missing", "tanh_applied_again"),
    ("reset_missing_everywhere", "reset_missing_in_weights_and_bias"),
    ("bracket_without_its_bias", "reset_path_forgotten", "slope_of_r_missing"),
    ("kept_part_missing", "carry_transposed"),
    ("averaged_over_the_batch", "biases_not_summed"),
)


def total(result):
    """A result (dx, dh_prev, grads) with the gradients of the parameters as one list of arrays."""
    dx, dh_prev, grads = result
    return [dx, dh_prev, *grads]


def agree(result, wanted, scale=1.0):
    """Whether two results (dx, dh_prev, grads) are equal, the second scaled."""
    return all(np.allclose(a, scale * b, atol=1e-9) for a, b in zip(total(result), total(wanted), strict=True))


@gru_step_backward.law
def tells_what_a_nudge_does(f, rng):
    """a nudge of everything at once moves the loss as the gradients say

    x, h and all parameters are moved by a hair in some direction. What the loss moves is the sum of gradient times nudge.
    """
    dh, cache, p = draw_backward_step(rng)
    given = [cache.x, cache.h, *p]
    nudges = [rng.normal(0, 1, a.shape) for a in given]

    def loss(t):
        x, h, *arrays = (a + t * nudge for a, nudge in zip(given, nudges, strict=True))
        return np.sum(dh * gru_ref.gru_step_with_cache(x, h, gru_ref.GRUParams(*arrays))[0])

    measured = (loss(1e-5) - loss(-1e-5)) / 2e-5
    told = sum(np.sum(g * nudge) for g, nudge in zip(total(f(dh, cache, p)), nudges, strict=True))
    return np.isclose(told, measured, rtol=1e-5, atol=1e-5)


@gru_step_backward.law
def adds_up_over_the_batch(f, rng):
    """a batch's gradients in the parameters are the sum of its rows' gradients

    Each row alone, and then added: a batch is nothing else.
    """
    dh, cache, p = draw_backward_step(rng)
    rows = [f(dh[b : b + 1], gru_ref.GRUCache(*(a[b : b + 1] for a in cache)), p) for b in range(len(dh))]
    added = [sum(parts) for parts in zip(*(row[2] for row in rows), strict=True)]
    dx, dh_prev, _ = zip(*rows, strict=True)
    return agree(f(dh, cache, p), (np.concatenate(dx), np.concatenate(dh_prev), added))


@gru_step_backward.law
def passes_everything_on_where_z_is_1(f, rng):
    """where z = 1, the error goes to the old state unchanged, and nowhere else

    The step did nothing there but keep. (A gate at exactly 1 is also flat: it can't be moved.)
    """
    dh, cache, p = draw_backward_step(rng)
    dx, dh_prev, grads = f(dh, cache._replace(z=np.ones_like(cache.z)), p)
    return np.allclose(dh_prev, dh) and not any(np.any(a) for a in (dx, *grads))


@gru_step_backward.law
def nothing_enters_the_bracket_where_r_is_0(f, rng):
    """where r = 0, neither W_hn nor b_hn gets anything, while W_in and b_in do

    The bracket was not heard. The reset gate itself is flat there, and gets nothing either.
    """
    dh, cache, p = draw_backward_step(rng)
    _, _, grads = f(dh, cache._replace(r=np.zeros_like(cache.r)), p)
    shut = (grads.W_hn, grads.b_hn, grads.W_ir, grads.W_hr, grads.b_ir, grads.b_hr)
    return not any(np.any(a) for a in shut) and np.all(grads.b_in) and np.all(grads.W_in)


@gru_step_backward.law
def gives_both_biases_of_a_gate_the_same(f, rng):
    """b_ir and b_hr get the same gradient, b_iz and b_hz, too, and b_in and b_hn do not

    Of the first two pairs only the sum acts. Between b_in and b_hn stands the reset gate.
    """
    _, _, grads = f(*draw_backward_step(rng))
    same = np.allclose(grads.b_ir, grads.b_hr) and np.allclose(grads.b_iz, grads.b_hz)
    return same and not np.allclose(grads.b_in, grads.b_hn)


def error_rescaled(dh, cache, p):
    """Gradients that do not follow the size of dh: the law of proportion alone is about that."""
    dxs, dh_prev, grads = gru_ref.gru_backward(dh[None] / np.abs(dh).max(), [cache], p)
    return dxs[0], dh_prev, grads


@gru_step_backward.law(broken_by=error_rescaled)
def is_proportional_to_the_error(f, rng):
    """twice the error gives twice the gradients

    dh enters every gradient exactly once.
    """
    dh, cache, p = draw_backward_step(rng)
    return agree(f(2 * dh, cache, p), f(dh, cache, p), scale=2)


@gru_step_backward.also_right
def stacked(dh, cache, p):
    x, h, r, z, n, q = cache
    da_n = dh * (1 - z) * (1 - n) * (1 + n)
    a = np.concatenate([da_n * q * r * (1 - r), dh * (h - n) * z * (1 - z), da_n], axis=1)
    a_h = np.concatenate([a[:, : 2 * h.shape[1]], da_n * r], axis=1)
    W_i, W_h = np.concatenate(p[:3]), np.concatenate(p[3:6])
    stacks = (a.T @ x, a_h.T @ h, a.sum(0), a_h.sum(0))
    grads = [part for stack in stacks for part in np.split(stack, 3)]
    return a @ W_i, a_h @ W_h + z * dh, gru_ref.GRUParams(*grads)


@gru_step_backward.also_right
def row_by_row(dh, cache, p):
    dxs, carries = [], []
    grads = gru_ref.GRUParams(*(np.zeros_like(a) for a in p))
    for d, x, h, r, z, n, q in zip(dh, *cache, strict=True):
        da_n = (1 - n**2) * (1 - z) * d
        da_z = z * (1 - z) * (h - n) * d
        da_r = r * (1 - r) * q * da_n
        grads.W_ir[:] += np.outer(da_r, x)
        grads.W_iz[:] += np.outer(da_z, x)
        grads.W_in[:] += np.outer(da_n, x)
        grads.W_hr[:] += np.outer(da_r, h)
        grads.W_hz[:] += np.outer(da_z, h)
        grads.W_hn[:] += np.outer(r * da_n, h)
        for b_i, b_h, a_i, a_h in zip(grads[6:9], grads[9:], (da_r, da_z, da_n), (da_r, da_z, r * da_n), strict=True):
            b_i += a_i
            b_h += a_h
        dxs.append(p.W_ir.T @ da_r + p.W_iz.T @ da_z + p.W_in.T @ da_n)
        carries.append(z * d + p.W_hr.T @ da_r + p.W_hz.T @ da_z + p.W_hn.T @ (r * da_n))
    return np.stack(dxs), np.stack(carries), grads


@gru_step_backward.also_right
def by_einsum(dh, cache, p):
    x, h, r, z, n, q = cache
    da_n = np.einsum("bh,bh,bh->bh", dh, 1 - z, 1 - n * n)
    a = {"r": da_n * q * (r - r * r), "z": dh * (h - n) * (z - z * z), "n": da_n}
    named = {}
    dx, dh_prev = np.zeros_like(x), dh * z
    for g, a_i in a.items():
        a_h = a_i * r if g == "n" else a_i
        dx += np.einsum("bh,hi->bi", a_i, getattr(p, f"W_i{g}"))
        dh_prev += np.einsum("bi,ij->bj", a_h, getattr(p, f"W_h{g}"))
        named[f"W_i{g}"], named[f"b_i{g}"] = np.einsum("bh,bi->hi", a_i, x), np.einsum("bh->h", a_i)
        named[f"W_h{g}"], named[f"b_h{g}"] = np.einsum("bi,bj->ij", a_h, h), np.einsum("bh->h", a_h)
    return dx, dh_prev, gru_ref.GRUParams(**named)


# ----------------------------------------------------------------------------------------------------- through time

gru_backward = Exercise(
    reference=gru_ref.gru_backward,
    inputs=draw_backward_run,
    edges=(*thin(draw_backward_run, THIN_RUNS), far_too_large(np.random.default_rng(8))),
    parts={"dxs": "T B I", "dh0": "B H", "grads": ""},
    hidden=(layer_backward,),
    hints=(
        "Walk from the last step to the first. Two things travel along: what the later step handed back to this state, "
        "and the sum of the parameters' gradients so far. At the end of time nothing has been handed back yet.",
        "The error in the state after step t is `dhs[t]` plus what step t + 1 handed back. It goes into "
        "`gru_ref.gru_step_backward` whole; what comes out as dh_prev is handed on to step t − 1.",
        "Gradients are tuples, and `+` would join them. Add them field by field: "
        "`GRUParams(*(total + g for total, g in zip(grads, of_step)))`, starting from zeros like p.",
    ),
)

run_wrong = Rewritten(
    gru_backward,
    """\
def gru_backward(dhs, caches, p):
    T = len(dhs)
    carry = np.zeros_like(dhs[0])
    grads = gru_ref.GRUParams(*(np.zeros_like(a) for a in p))
    dxs = [None] * T
    for t in reversed(range(T)):
        dh = dhs[t] + carry
        dx, carry, of_step = gru_ref.gru_step_backward(dh, caches[t], p)
        grads = gru_ref.GRUParams(*(total + g for total, g in zip(grads, of_step)))
        dxs[t] = dx
    return np.stack(dxs), carry, grads
""",
)


@run_wrong
def assigned_for_added():
    """The parameters' gradients are overwritten at each step: `=` stands where they should be added

    What you hand back is what the first step says, the one you visit last. Every step uses the same parameters: what all
    of them say is added up.
    """
    return [("grads = gru_ref.GRUParams(*(total + g for total, g in zip(grads, of_step)))", "grads = of_step")]


@run_wrong
def gradients_of_the_last_step():
    """The parameters' gradients are those of the last step alone

    Every step uses the same parameters: what all of them say is added up.
    """
    return [
        (
            "grads = gru_ref.GRUParams(*(total + g for total, g in zip(grads, of_step)))",
            "grads = of_step if t == T - 1 else grads",
        )
    ]


@gru_backward.mistake(
    when=lambda args, result: len(result[2]) % len(args[2]) == 0 and len(result[2]) >= len(args[2]) * len(args[0])
)
def tuples_joined(dhs, caches, p):
    """The gradients are joined end to end, not added

    GRUParams is a tuple, and `+` on tuples makes one longer tuple of both: of twelve arrays and twelve it makes
    twenty-four. Add field by field.
    """
    carry, grads, dxs = 0, (), []
    for dh, cache in zip(dhs[::-1], caches[::-1], strict=True):
        dx, carry, of_step = gru_ref.gru_step_backward(dh + carry, cache, p)
        grads += of_step
        dxs.append(dx)
    return np.stack(dxs[::-1]), carry, grads


@run_wrong
def started_from_the_parameters():
    """The sum of gradients starts from the parameters

    `grads = p` puts the weights themselves into the sum, so your gradients are too large by p. A sum starts from zeros:
    of p's shapes, but not of its values.
    """
    return [("(np.zeros_like(a) for a in p)", "p")]


@run_wrong
def carried_by_the_direct_way_alone():
    """What is handed back is error ⊙ z, the direct way alone

    The old state acts on the new one by four ways. `gru_step_backward` hands back all of them, added: its second result.
    """
    return [
        ("dx, carry, of_step", "dx, _, of_step"),
        ("        dxs[t] = dx", "        carry = dh * caches[t].z\n        dxs[t] = dx"),
    ]


@run_wrong
def results_of_the_step_exchanged():
    """dx is handed back in place of dh_prev

    `gru_step_backward` returns (dx, dh_prev, grads), in this order. What goes to the step before is dh_prev.
    """
    return [("dx, carry, of_step", "carry, dx, of_step")]


@run_wrong
def carry_dropped():
    """What the later step hands back is dropped

    Each state gets its direct gradient alone, as though no later step had read it. The error ends after one step, and
    nothing is learned from one step to the next. (dh0 is then what the first step says about its own error alone.)
    """
    return [("dh = dhs[t] + carry", "dh = dhs[t]")]


@run_wrong
def last_direct_gradient_alone():
    """Only the last direct gradient, dhs[-1], is used

    The loss may look at every state. Each dhs[t] joins where its state is reached.
    """
    return [("dh = dhs[t] + carry", "dh = carry"), ("np.zeros_like(dhs[0])", "dhs[-1]")]


@run_wrong
def last_direct_gradient_twice():
    """The last direct gradient, dhs[-1], is counted twice

    You start from it, and then add it again at the last step. After the last step comes nothing: start from zeros.
    """
    return [("np.zeros_like(dhs[0])", "dhs[-1]")]


@run_wrong
def direct_gradients_one_step_late():
    """Each direct gradient joins one step too early in time

    You take the error back through the step first, and add dhs[t] after that: it then counts as the error in the state
    *before* step t. dhs[t] belongs to hs[t], the state after it: add it before you go through the step.
    """
    return [
        ("dh = dhs[t] + carry", "dh = carry"),
        ("        dxs[t] = dx", "        carry = carry + dhs[t]\n        dxs[t] = dx"),
    ]


@run_wrong
def carry_piled_up():
    """What is handed back piles up: it is added to what was handed back before

    The carry out of step t + 1 has been used up when step t is done: dh_prev of step t already holds it, taken through
    that step. Replace the carry, don't add to it.
    """
    return [
        ("dx, carry, of_step", "dx, dh_prev, of_step"),
        ("        dxs[t] = dx", "        carry = carry + dh_prev\n        dxs[t] = dx"),
    ]


@run_wrong
def error_kept_after_its_step():
    """The error of a later state stays beside what the step made of it

    `dh += dh_prev`, or so: when step t + 1 is done, its error is used up, and dh_prev holds what is left of it. Each
    state starts anew, with dhs[t] plus that.
    """
    return [
        ("carry = np.zeros_like(dhs[0])", "dh = np.zeros_like(dhs[0])"),
        ("dh = dhs[t] + carry", "dh = dh + dhs[t]"),
        ("        dxs[t] = dx", "        dh = dh + carry\n        dxs[t] = dx"),
    ]


@run_wrong
def direct_gradients_piled_up():
    """The direct gradients pile up: dhs of the later steps joins again, beside what is handed back

    What a later step's dhs has to say reaches this state in the carry, through the steps between. Here dhs[t] alone is new.
    """
    return [("dh = dhs[t] + carry", "dh = dhs[t:].sum(axis=0) + carry")]


@run_wrong
def carry_kept_once_more():
    """What is handed back is multiplied by z of the step that it goes into

    That step does this itself: `gru_step_backward` takes the whole error of the state after it.
    """
    return [("dh = dhs[t] + carry", "dh = dhs[t] + carry * caches[t].z")]


@run_wrong
def carry_kept_twice():
    """What is handed back is multiplied by z of the step that it comes from

    That step did this itself: z is in dh_prev, on the direct way.
    """
    return [("        dxs[t] = dx", "        carry = carry * caches[t].z\n        dxs[t] = dx")]


@run_wrong
def carry_counted_twice():
    """What the later step hands back is added twice

    It enters the error in a state once, beside dhs[t].
    """
    return [("dh = dhs[t] + carry", "dh = dhs[t] + 2 * carry")]


@run_wrong
def errors_not_taken_through_the_steps():
    """Later errors reach a state without passing the steps between

    You add up dhs[t], dhs[t + 1] and so on, as they are. On its way back an error is changed by every step that it
    passes: that is what dh_prev holds.
    """
    return [("dh = dhs[t] + carry", "dh = dhs[t:].sum(axis=0)")]


@run_wrong
def forward_in_time():
    """The steps are visited forward in time

    The error of a state is complete only when all later steps have handed theirs back. Start at the last step.
    """
    return [("reversed(range(T))", "range(T)")]


@run_wrong
def forward_in_time_and_turned_round():
    """The steps are visited forward in time, and dxs is turned round at the end

    The error of a state is complete only when all later steps have handed theirs back. Start at the last step: then the
    collected dxs does want turning round.
    """
    return [("reversed(range(T))", "range(T)"), ("np.stack(dxs)", "np.stack(dxs[::-1])")]


@run_wrong
def caches_in_the_wrong_order():
    """The errors run backward, but the caches forward

    Error T − 1 meets cache 0. Both belong to the same step: turn both round, or neither and index with t.
    """
    return [("caches[t]", "caches[T - 1 - t]")]


@run_wrong
def errors_in_the_wrong_order():
    """The caches run backward, but the errors forward

    Cache T − 1 meets dhs[0]. Both belong to the same step: turn both round, or neither and index with t.
    """
    return [("dhs[t] + carry", "dhs[T - 1 - t] + carry")]


@run_wrong
def error_of_the_step_before():
    """Each step gets the direct gradient of the step before

    dhs[t] belongs to the state that step t made, and caches[t] to that step. At t = 0 `dhs[t - 1]` is even the last one:
    Python counts from the end.
    """
    return [("dhs[t] + carry", "dhs[t - 1] + carry")]


@run_wrong
def cache_of_the_step_before():
    """Each error meets the cache of the step before

    dhs[t] belongs to the state that step t made, and caches[t] to that step. At t = 0 `caches[t - 1]` is even the last
    one: Python counts from the end.
    """
    return [("caches[t]", "caches[t - 1]")]


@run_wrong
def inputs_reversed():
    """dxs comes in reversed order

    You collect from the last step to the first. Turn the list round at the end, or write each dx to its place t.
    """
    return [("np.stack(dxs)", "np.stack(dxs[::-1])")]


@run_wrong
def batch_axis_first():
    """dxs comes with the batch first

    `axis=1` puts time second. As xs it should be (T, B, I).
    """
    return [("np.stack(dxs)", "np.stack(dxs, axis=1)")]


@run_wrong
def joined_along_the_batch():
    """dxs comes as one long list of rows

    `np.concatenate` joins along an axis that is there; `np.stack` makes a new one, for time.
    """
    return [("np.stack(dxs)", "np.concatenate(dxs)")]


@run_wrong
def one_array_for_all_inputs():
    """All steps of dxs are one and the same array

    `[a] * T` holds one array T times. What you write at one step, you write at all; the last one to write was step 0.
    """
    return [
        ("[None] * T", "[np.zeros_like(caches[0].x)] * T"),
        ("dxs[t] = dx", "dxs[t][:] = dx"),
    ]


@run_wrong
def one_array_for_several_gradients():
    """Gradients of the same shape are one and the same array

    One array of zeros was put in the place of several parameters. What is added to one is added to all, so each holds
    the sum of all. Every parameter needs zeros of its own.
    """
    return [
        (
            "gru_ref.GRUParams(*(np.zeros_like(a) for a in p))",
            "gru_ref.GRUParams(*[np.zeros_like(p[0])] * 3, *[np.zeros_like(p[3])] * 3, *[np.zeros_like(p[6])] * 6)",
        ),
        (
            "grads = gru_ref.GRUParams(*(total + g for total, g in zip(grads, of_step)))",
            "for total, g in zip(grads, of_step):\n            total += g",
        ),
    ]


@run_wrong
def dh0_before_its_step():
    """dh0 is the error in the first step's *result*

    That is the error before it goes through step 0. h0 is what step 0 starts from: it is what comes out of that step.
    """
    return [("return np.stack(dxs), carry, grads", "return np.stack(dxs), dh, grads")]


@run_wrong
def dhs_added_to_dh0():
    """dhs[0] is added to dh0 once more

    dhs[0] belongs to hs[0], the state after the first step. It went through that step already. The loss does not look at
    h0 directly.
    """
    return [("return np.stack(dxs), carry, grads", "return np.stack(dxs), carry + dhs[0], grads")]


@run_wrong
def last_error_added_to_dh0():
    """dhs[-1] is added to dh0

    You add `dhs[t - 1]` to what step t hands back. At t = 0 there is no such error: −1 is the *last* one, as Python counts.
    The loss does not look at h0 directly.
    """
    return [("return np.stack(dxs), carry, grads", "return np.stack(dxs), carry + dhs[-1], grads")]


@run_wrong
def dh0_zero():
    """dh0 is 0

    The state before the first step is read by that step: it gets what step 0 hands back.
    """
    return [("return np.stack(dxs), carry, grads", "return np.stack(dxs), np.zeros_like(carry), grads")]


@run_wrong
def dh0_of_the_last_step():
    """dh0 is what the last step hands back

    You go from the last step to the first, so what is handed back *first* comes from step T − 1. dh0 comes out of step 0,
    the one that you visit last.
    """
    return [
        ("        dxs[t] = dx", "        dh0 = carry if t == T - 1 else dh0\n        dxs[t] = dx"),
        ("np.stack(dxs), carry", "np.stack(dxs), dh0"),
    ]


@run_wrong
def dh0_is_direct():
    """dh0 is dhs[0]

    That is the direct gradient in hs[0], the state *after* the first step. h0 is the state before it: its gradient is what
    step 0 hands back.
    """
    return [("np.stack(dxs), carry", "np.stack(dxs), dhs[0]")]


@run_wrong
def dh0_summed_over_the_batch():
    """dh0 is summed over the batch

    Every sequence of the batch has a first state of its own. Only what all rows share, the parameters, is summed.
    """
    return [("return np.stack(dxs), carry, grads", "return np.stack(dxs), carry.sum(axis=0), grads")]


@run_wrong
def averaged_over_time():
    """The parameters' gradients are averaged over time

    The loss here is whatever dhs belongs to. What the steps say is added up; if the loss is a mean over steps, that 1/T
    is in dhs already.
    """
    return [("carry, grads\n", "carry, gru_ref.GRUParams(*(g / T for g in grads))\n")]


@run_wrong
def averaged_over_the_rows():
    """The parameters' gradients are averaged over the batch

    The loss here is whatever dhs belongs to. What the rows say is added up, and `gru_step_backward` has done so; if the
    loss is a mean over the batch, that 1/B is in dhs already.
    """
    return [("carry, grads\n", "carry, gru_ref.GRUParams(*(g / dhs.shape[1] for g in grads))\n")]


@run_wrong
def sum_not_kept():
    """The parameters' gradients are still the zeros that they started from

    What the steps say never gets into them. A NamedTuple is not changed: `grads._replace(…)` makes a new one, which has to be
    kept, `grads = …`.
    """
    return [("grads = gru_ref.GRUParams(*(total + g for total, g in zip(grads, of_step)))", "pass")]


@run_wrong
def first_step_skipped():
    """The first step is left out

    `range(T - 1, 0, -1)` ends at 1. Python leaves out the end: it should be −1.
    """
    return [("reversed(range(T))", "range(T - 1, 0, -1)"), ("[None] * T", "[np.zeros_like(caches[0].x)] * T")]


@run_wrong
def last_step_skipped():
    """The last step's error, dhs[-1], is left out

    It goes back through step T − 1, like all others through theirs. Does your loop begin there, and does this step, too,
    add its dhs[t]?
    """
    return [("reversed(range(T))", "range(T - 2, -1, -1)"), ("[None] * T", "[np.zeros_like(caches[0].x)] * T")]


@run_wrong
def carry_shared_by_the_batch():
    """What is handed back is averaged over the batch

    Each sequence has its own past. What one row's error says about its old state is no business of its neighbours.
    """
    return [("dh = dhs[t] + carry", "dh = dhs[t] + carry.mean(axis=0)")]


@run_wrong
def carry_from_the_neighbouring_row():
    """Each row is handed back what belongs to the row beside it

    Some `roll`, `[::-1]` or transposition has moved the batch against itself. Row b of the carry belongs to row b.
    """
    return [("dh = dhs[t] + carry", "dh = dhs[t] + np.roll(carry, 1, axis=0)")]


@run_wrong
def written_into_dhs():
    """The numbers are right, but they are written into dhs

    `dhs[t] += carry` changes the caller's own array. `dhs[t] + carry` makes a new one.
    """
    return [("dh = dhs[t] + carry", "dh = dhs[t]\n        dh += carry")]


@run_wrong
def list_of_caches_changed():
    """The numbers are right, but the caller's list of caches is not as it was

    `caches.pop()` takes the caches out of it, and `caches.reverse()` turns the list itself round. `reversed(caches)` and
    `caches[::-1]` leave it alone.
    """
    return [
        ("        dh = dhs[t] + carry", "        cache = caches.pop()\n        dh = dhs[t] + carry"),
        ("caches[t]", "cache"),
    ]


@run_wrong
def results_exchanged():
    """dxs and dh0 are exchanged in the result

    The order is (dxs, dh0, grads).
    """
    return [("return np.stack(dxs), carry, grads", "return carry, np.stack(dxs), grads")]


@run_wrong
def carry_subtracted():
    """What the later step hands back is subtracted

    Both parts of the error in a state are added: the loss looks at it directly, *and* by way of what comes after.
    """
    return [("dh = dhs[t] + carry", "dh = dhs[t] - carry")]


run_wrong.slips(
    ("assigned_for_added", "averaged_over_time", "gradients_of_the_last_step"),
    ("carry_dropped", "last_direct_gradient_twice", "errors_not_taken_through_the_steps"),
    ("inputs_reversed", "batch_axis_first"),
)


def cached_anew(caches, p):
    """The caches of the same run, computed once more."""
    xs = np.stack([cache.x for cache in caches])
    return gru_ref.gru_forward_with_caches(xs, caches[0].h, p)[1]


@gru_backward.law
def tells_what_a_nudge_of_everything_does(f, rng):
    """a nudge of everything at once moves the loss as the gradients say

    All inputs, the first state and all parameters are moved by a hair. What the loss moves is the sum of gradient times
    nudge.
    """
    dhs, caches, p = draw_backward_run(rng)
    given = [np.stack([cache.x for cache in caches]), caches[0].h, *p]
    nudges = [rng.normal(0, 1, a.shape) for a in given]

    def loss(t):
        xs, h0, *arrays = (a + t * nudge for a, nudge in zip(given, nudges, strict=True))
        return np.sum(dhs * gru_ref.gru_forward_with_caches(xs, h0, gru_ref.GRUParams(*arrays))[0])

    measured = (loss(1e-5) - loss(-1e-5)) / 2e-5
    told = sum(np.sum(g * nudge) for g, nudge in zip(total(f(dhs, caches, p)), nudges, strict=True))
    return np.isclose(told, measured, rtol=1e-5, atol=1e-5)


@gru_backward.law
def a_sequence_can_be_cut(f, rng):
    """taken back in two parts, a sequence gives the same

    First the later part. Then the earlier one, to whose last direct gradient the later part's dh0 is added.
    """
    dhs, caches, p = draw_backward_run(rng)
    cut = len(dhs) // 2
    dxs_late, carry, late = f(dhs[cut:], caches[cut:], p)
    dhs_early = dhs[:cut].copy()
    dhs_early[-1] += carry
    dxs_early, dh0, early = f(dhs_early, caches[:cut], p)
    parts = (np.concatenate([dxs_early, dxs_late]), dh0, [a + b for a, b in zip(early, late, strict=True)])
    return agree(f(dhs, caches, p), parts)


@gru_backward.law
def an_error_travels_only_backward(f, rng):
    """an error at step 2 reaches the inputs of steps 0 to 2, and none after

    What was read after a state was made cannot have changed it.
    """
    dhs, caches, p = draw_backward_run(rng)
    dhs[:2] = dhs[3:] = 0
    dxs, dh0, _ = f(dhs, caches, p)
    return not np.any(dxs[3:]) and all(np.any(dx) for dx in dxs[:3]) and np.any(dh0)


@gru_backward.law(broken_by=lambda dhs, caches, p: gru_ref.gru_backward(dhs, cached_anew(caches, p), p))
def goes_by_the_caches(f, rng):
    """where every cache says z = 1, each error goes on to the step before as it is

    Nothing was written then, so dh0 is the sum of all dhs, and no parameter had a share in it. The check has edited these
    caches. An answer that computes the run anew, for differences or for a library's gradients, does not use them.
    """
    dhs, caches, p = draw_backward_run(rng)
    dxs, dh0, grads = f(dhs, [cache._replace(z=np.ones_like(cache.z)) for cache in caches], p)
    return np.allclose(dh0, dhs.sum(axis=0)) and not any(np.any(np.abs(a) > 1e-12) for a in (dxs, *grads))


@gru_backward.law
def sequences_of_a_batch_go_back_alone(f, rng):
    """an error in one sequence of the batch changes no gradient of another

    With errors in row 0 alone, dxs and dh0 are 0 in all other rows.
    """
    dhs, caches, p = draw_backward_run(rng)
    dhs[:, 1:] = 0
    dxs, dh0, _ = f(dhs, caches, p)
    return not np.any(dxs[:, 1:]) and not np.any(dh0[1:]) and np.any(dh0[0])


@gru_backward.law
def one_step_is_a_step(f, rng):
    """a sequence of one step is one step backward

    Nothing is handed back to its only state.
    """
    dhs, caches, p = draw_backward_run(rng)
    dx, dh_prev, grads = gru_ref.gru_step_backward(dhs[0], caches[0], p)
    return agree(f(dhs[:1], caches[:1], p), (dx[None], dh_prev, grads))


@gru_backward.also_right
def by_recursion(dhs, caches, p):
    def back(dhs, caches):
        dx, carry, grads = gru_ref.gru_step_backward(dhs[-1], caches[-1], p)
        if len(caches) == 1:
            return dx[None], carry, grads
        dxs, dh0, others = back(np.concatenate([dhs[:-2], dhs[-2:-1] + carry]), caches[:-1])
        return np.concatenate([dxs, dx[None]]), dh0, gru_ref.GRUParams(*map(np.add, grads, others))

    return back(dhs, caches)


@gru_backward.also_right
def in_place(dhs, caches, p):
    grads = gru_ref.GRUParams(*map(np.zeros_like, p))
    dxs = np.empty((len(dhs), *caches[0].x.shape))
    carry = 0
    for t in range(len(dhs) - 1, -1, -1):
        dxs[t], carry, step = gru_ref.gru_step_backward(dhs[t] + carry, caches[t], p)
        for whole, part in zip(grads, step, strict=True):
            whole += part
    return dxs, carry, grads
