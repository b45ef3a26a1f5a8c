"""Lesson 08: a numerical gradient, and a gradient taken back through one step and through a sequence."""

import itertools
from pathlib import Path

import numpy as np

import gru_ref
from grader.exercises.drawing import draw_params, draw_step
from grader.exercises.exercise import THIN_RUNS, THIN_STEPS, Exercise, thin
from gru_ref.layers import layer_backward

LESSON = "08_backpropagation"
MISTAKES = Path(__file__).with_name(LESSON)


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
    """A run whose gradients are so large that clipping them is noticed."""
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
    known=MISTAKES / "numerical_gradient.md",
    inputs=draw_function,
    edges=tuple(draw_function(np.random.default_rng(k), shape) for k, shape in enumerate([(5,), (2, 1, 3), (1, 1)])),
    rtol=3e-7,
    atol=1e-8,
    hints=(
        "One entry at a time: a copy of a with this entry nudged up, another with it nudged down, all others as they were.",
        "`for index in np.ndindex(a.shape):` visits every entry of an array of any shape; `a[index]` is that entry.",
        "Make both copies inside the loop, `up = a.copy()`, `down = a.copy()`. The two points are 2 · 10⁻⁵ apart: divide by that.",
    ),
)


def _off_along(order, sign):
    """Recognises a gradient whose error is proportional to the function's second or third derivative, as from a step."""

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


@numerical_gradient.recognises
def _halved(args, gradient):
    return np.allclose(2 * gradient, gru_ref.numerical_gradient(*args), rtol=1e-3, atol=1e-3)


@numerical_gradient.recognises
def multiplied_by_the_step(args, gradient):
    return np.any(gradient) and np.allclose(1e10 * gradient, gru_ref.numerical_gradient(*args))


@numerical_gradient.recognises
def nudged_up_only(args, result):
    return _off_along(2, 1)(args, result)


@numerical_gradient.recognises
def nudged_down_only(args, result):
    return _off_along(2, -1)(args, result)


@numerical_gradient.recognises
def step_too_large(args, result):
    return _off_along(3, 1)(args, result)


@numerical_gradient.recognises
def divided_by_another_distance(args, gradient):
    return _proportional(gradient, gru_ref.numerical_gradient(*args))


@numerical_gradient.recognises
def step_too_small(args, gradient):
    return (
        gradient.shape == args[1].shape
        and np.allclose(gradient, gru_ref.numerical_gradient(*args), rtol=0.05, atol=0.05)
        and not np.allclose(gradient, gru_ref.numerical_gradient(*args), rtol=1e-9, atol=1e-9)
    )


@numerical_gradient.property
def is_exact_for_a_sum(f, rng):
    """for a weighted sum of the entries the gradient is the weights, at every point

    A straight line has no curvature: any step gives its slope.
    """
    w, a = rng.normal(0, 1, (2, 4, 3))
    return np.allclose(f(lambda a: float(np.sum(w * a)), a), w, rtol=1e-6, atol=1e-7)


@numerical_gradient.property(broken_by=lambda f, a: nudged_up_only_by_little(f, a))
def is_level_at_the_bottom_of_a_valley(f, rng):
    """at the bottom of a symmetric valley every slope is 0, however steep the valley

    To the left and right of the bottom, f is equally high. A one-sided difference sees a slope there; and a step proportional
    to a is no step at all where a = 0.
    """
    w = rng.uniform(1e6, 2e6, (2, 3))
    return np.all(np.abs(f(lambda a: float(np.sum(w * a**2)), np.zeros((2, 3)))) < 1e-3)


@numerical_gradient.property
def ignores_what_f_ignores(f, rng):
    """an entry that f does not use has gradient 0

    The others are not touched while it is nudged.
    """
    a = rng.uniform(-1, 1, (3, 2))
    gradient = f(lambda a: float(np.sum(np.exp(a[:, 0]))), a)
    return np.allclose(gradient[:, 1], 0) and np.all(gradient[:, 0] > 0.1)


def nudged_up_only_by_little(f, a):
    """A one-sided difference with its best step: only the property of the valley distinguishes it from a central one."""
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
    known=MISTAKES / "gru_step_backward.md",
    inputs=draw_backward_step,
    edges=thin(draw_backward_step, THIN_STEPS),
    parts={"dx": "B I", "dh_prev": "B H", "grads": ""},
    hidden=(gru_ref.gru_backward, layer_backward),
    hints=(
        "Three stages. From dh to dn and dz, through the blend. From there to da_n, da_z and da_r, the gradients of the sums, one "
        "slope after the other; you reach r from da_n, through q. Then each sum passes its gradient on to its weights, "
        "biases, x and h.",
        "A sum a = x Wᵀ + b + … gives `da.T @ x` to W, `da.sum(axis=0)` to b and `da @ W` to x. W_hn and b_hn are inside "
        "q, not in a_n itself: for them the gradient is dq, which is da_n ⊙ r.",
        "h is used four times: by the blend, with z, and by the three matrix products, with da_r, da_z and dq, each times "
        "its W_h, not transposed. Add the four. x is used three times.",
    ),
)


# The blend.


# The squashing functions.


# The bracket that the reset gate multiplies.


# What reaches the old state.


def _dh_prev_is_one_of(choices):
    """Recognises a result in which only dh_prev is wrong, and equals one of the values of ``choices(dh, cache, p)``."""

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
    """The four paths by which an error reaches the old state, with W_h of some gates transposed."""
    _, h, r, z, n, q = cache
    da_n = dh * (1 - z) * (1 - n**2)
    errors = {"r": da_n * q * r * (1 - r), "z": dh * (h - n) * z * (1 - z), "n": da_n * r}
    weights = {"r": p.W_hr, "z": p.W_hz, "n": p.W_hn}
    return [dh * z, *(errors[g] @ (weights[g].T if g in transposed else weights[g]) for g in "rzn")]


@gru_step_backward.recognises
def several_ways_missing(args, result):
    return _dh_prev_is_one_of(_some_ways)(args, result)


@gru_step_backward.recognises
def some_weights_transposed_in_dh_prev(args, result):
    return _dh_prev_is_one_of(_some_transposed)(args, result)


# What reaches the input.


# What reaches the parameters.


@gru_step_backward.recognises
def _is_a_step_downhill(args, result):
    p, gradients = args[2], gru_ref.gru_step_backward(*args)[2]
    moved = np.concatenate([(a - b).ravel() for a, b in zip(p, result[2], strict=True)])
    along = np.concatenate([g.ravel() for g in gradients])
    return np.any(moved) and np.allclose(moved, along * (moved @ along) / (along @ along), atol=1e-9)


def total(result):
    """A result (dx, dh_prev, grads) with the gradients of the parameters as one list of arrays."""
    dx, dh_prev, grads = result
    return [dx, dh_prev, *grads]


def agree(result, wanted, scale=1.0):
    """Whether two results (dx, dh_prev, grads) are equal, the second scaled."""
    return all(np.allclose(a, scale * b, atol=1e-9) for a, b in zip(total(result), total(wanted), strict=True))


@gru_step_backward.property
def tells_what_a_nudge_does(f, rng):
    """a nudge of everything at once moves the loss as the gradients say

    x, h and all parameters move a tiny bit in some direction. The loss changes by the sum of gradient times nudge.
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


@gru_step_backward.property
def adds_up_over_the_batch(f, rng):
    """a batch's gradients of the parameters are the sum of its rows' gradients

    Take each row alone, then add: a batch is nothing else.
    """
    dh, cache, p = draw_backward_step(rng)
    rows = [f(dh[b : b + 1], gru_ref.GRUCache(*(a[b : b + 1] for a in cache)), p) for b in range(len(dh))]
    added = [sum(parts) for parts in zip(*(row[2] for row in rows), strict=True)]
    dx, dh_prev, _ = zip(*rows, strict=True)
    return agree(f(dh, cache, p), (np.concatenate(dx), np.concatenate(dh_prev), added))


@gru_step_backward.property
def passes_everything_on_where_z_is_1(f, rng):
    """where z = 1, the error goes to the old state unchanged, and nowhere else

    There the step only kept the old state. (A gate at exactly 1 is also flat: it can't be moved.)
    """
    dh, cache, p = draw_backward_step(rng)
    dx, dh_prev, grads = f(dh, cache._replace(z=np.ones_like(cache.z)), p)
    return np.allclose(dh_prev, dh) and not any(np.any(a) for a in (dx, *grads))


@gru_step_backward.property
def nothing_enters_the_bracket_where_r_is_0(f, rng):
    """where r = 0, neither W_hn nor b_hn gets anything, while W_in and b_in do

    The bracket was multiplied by 0. The reset gate itself is flat there, and gets nothing either.
    """
    dh, cache, p = draw_backward_step(rng)
    _, _, grads = f(dh, cache._replace(r=np.zeros_like(cache.r)), p)
    shut = (grads.W_hn, grads.b_hn, grads.W_ir, grads.W_hr, grads.b_ir, grads.b_hr)
    return not any(np.any(a) for a in shut) and np.all(grads.b_in) and np.all(grads.W_in)


@gru_step_backward.property
def gives_both_biases_of_a_gate_the_same(f, rng):
    """b_ir and b_hr get the same gradient, b_iz and b_hz, too, and b_in and b_hn do not

    In the first two pairs only the sum acts. The reset gate is between b_in and b_hn.
    """
    _, _, grads = f(*draw_backward_step(rng))
    same = np.allclose(grads.b_ir, grads.b_hr) and np.allclose(grads.b_iz, grads.b_hz)
    return same and not np.allclose(grads.b_in, grads.b_hn)


def error_rescaled(dh, cache, p):
    """Gradients that are not proportional to dh: only the property of proportion notices."""
    dxs, dh_prev, grads = gru_ref.gru_backward(dh[None] / np.abs(dh).max(), [cache], p)
    return dxs[0], dh_prev, grads


@gru_step_backward.property(broken_by=error_rescaled)
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
    known=MISTAKES / "gru_backward.md",
    inputs=draw_backward_run,
    edges=(*thin(draw_backward_run, THIN_RUNS), far_too_large(np.random.default_rng(8))),
    parts={"dxs": "T B I", "dh0": "B H", "grads": ""},
    hidden=(layer_backward,),
    hints=(
        "Walk from the last step to the first. Carry two things along: the error that the later step passed back to this state, "
        "and the sum of the parameters' gradients so far. At the last step nothing has been passed back yet.",
        "The error in the state after step t is `dhs[t]` plus what step t + 1 passed back. All of it goes into "
        "`gru_ref.gru_step_backward`; the resulting dh_prev is passed on to step t − 1.",
        "Gradients are tuples, and `+` would join them. Add them field by field: "
        "`GRUParams(*(total + g for total, g in zip(grads, of_step)))`, starting from zeros like p.",
    ),
)


@gru_backward.recognises
def tuples_joined(args, result):
    return len(result[2]) % len(args[2]) == 0 and len(result[2]) >= len(args[2]) * len(args[0])


def cached_anew(caches, p):
    """The caches of the same run, computed once more."""
    xs = np.stack([cache.x for cache in caches])
    return gru_ref.gru_forward_with_caches(xs, caches[0].h, p)[1]


@gru_backward.property
def tells_what_a_nudge_of_everything_does(f, rng):
    """a nudge of everything at once moves the loss as the gradients say

    All inputs, the first state and all parameters move a tiny bit. The loss changes by the sum of gradient times nudge.
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


@gru_backward.property
def a_sequence_can_be_cut(f, rng):
    """going back through a sequence in two parts gives the same

    First the later part. Then the earlier one, with the later part's dh0 added to its last direct gradient.
    """
    dhs, caches, p = draw_backward_run(rng)
    cut = len(dhs) // 2
    dxs_late, carry, late = f(dhs[cut:], caches[cut:], p)
    dhs_early = dhs[:cut].copy()
    dhs_early[-1] += carry
    dxs_early, dh0, early = f(dhs_early, caches[:cut], p)
    parts = (np.concatenate([dxs_early, dxs_late]), dh0, [a + b for a, b in zip(early, late, strict=True)])
    return agree(f(dhs, caches, p), parts)


@gru_backward.property
def an_error_travels_only_backward(f, rng):
    """an error at step 2 reaches the inputs of steps 0 to 2, and none after

    Inputs that are read after a state was computed cannot have changed it.
    """
    dhs, caches, p = draw_backward_run(rng)
    dhs[:2] = dhs[3:] = 0
    dxs, dh0, _ = f(dhs, caches, p)
    return not np.any(dxs[3:]) and all(np.any(dx) for dx in dxs[:3]) and np.any(dh0)


@gru_backward.property(broken_by=lambda dhs, caches, p: gru_ref.gru_backward(dhs, cached_anew(caches, p), p))
def goes_by_the_caches(f, rng):
    """where every cache says z = 1, each error goes on to the step before as it is

    Then nothing was written, so dh0 is the sum of all dhs, and no parameter has an effect. The check has edited these
    caches. An answer that computes the run again, for differences or for a library's gradients, does not use them.
    """
    dhs, caches, p = draw_backward_run(rng)
    dxs, dh0, grads = f(dhs, [cache._replace(z=np.ones_like(cache.z)) for cache in caches], p)
    return np.allclose(dh0, dhs.sum(axis=0)) and not any(np.any(np.abs(a) > 1e-12) for a in (dxs, *grads))


@gru_backward.property
def sequences_of_a_batch_go_back_alone(f, rng):
    """an error in one sequence of the batch changes no gradient of another

    With errors only in row 0, dxs and dh0 are 0 in all other rows.
    """
    dhs, caches, p = draw_backward_run(rng)
    dhs[:, 1:] = 0
    dxs, dh0, _ = f(dhs, caches, p)
    return not np.any(dxs[:, 1:]) and not np.any(dh0[1:]) and np.any(dh0[0])


@gru_backward.property
def one_step_is_a_step(f, rng):
    """a sequence of one step is one step backward

    Nothing is passed back to its only state.
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
