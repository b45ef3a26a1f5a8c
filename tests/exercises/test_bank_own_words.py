"""Wrong answers in people's own style: each one is told what is wrong, and no right one is rejected."""

import inspect
import warnings

import numpy as np
import pytest

import gru_ref
from grader.base.cards import verdict_text
from grader.checking.cases import prepare
from grader.checking.diagnosis import examine
from grader.exercises import bank, find
from grader.exercises.vanishing import fourth_moments
from gru_ref.trees import leaves, tree_map


def of_update_gate(line):
    return eval(f"lambda x, h, p: {line}", {"np": np, "s": gru_ref.sigmoid})


def softmax_cross_entropy(highest, loss):
    """An answer that subtracts ``highest(logits)``, and computes its loss in one of several ways."""

    def answer(logits, targets, mask=None):
        mask = np.ones(targets.shape, bool) if mask is None else mask
        if not mask.any():
            raise ValueError("no step counts")
        m = highest(logits)
        e = np.exp(logits - m)
        p = e / e.sum(axis=-1, keepdims=True)
        hot = np.eye(logits.shape[-1])[targets]
        if loss == "log p":
            nats = -np.log((hot * p).sum(axis=-1))
        elif loss == "sum of logs":
            nats = -(hot * np.log(p)).sum(axis=-1)
        else:
            nats = np.squeeze(m + np.log(e.sum(axis=-1, keepdims=True)), -1) - (hot * logits).sum(axis=-1)
        return nats[mask].mean(), (p - hot) * mask[..., None] / mask.sum()

    return answer


def compare(difference, verdict):
    def answer(a, b):
        from scipy.special import stdtrit

        if len(a) < 2 or len(a) != len(b):
            raise ValueError("no pairs")
        d = difference(a, b)
        half = stdtrit(len(d) - 1, 0.975) * d.std(ddof=1) / np.sqrt(len(d))
        low, high = d.mean() - half, d.mean() + half
        return float(d.mean()), (float(low), float(high)), verdict(low, high)

    return answer


def equal_within(tolerance):
    def answer(p, r):
        return bool(np.all(abs(p.b_hn * (1 - r)) < tolerance) and np.all(abs(p.W_hn * (r[:, None] - r)) < tolerance))

    return answer


def clipped_in_place(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g**2) for g in leaves(grads))))
    for g in leaves(grads):
        np.clip(g, -max_norm, max_norm, out=g)
    return grads, norm


def backward_clipped_at(limit):
    def answer(dhs, caches, p):
        dxs, dh0, grads = gru_ref.gru_backward(dhs, caches, p)
        return dxs, dh0, tree_map(lambda g: np.clip(g, -limit, limit), grads)

    return answer


def by_autograd(dhs, caches, p):
    return gru_ref.gru_backward(dhs, again(caches, p), p)


def again(caches, p):
    return gru_ref.gru_forward_with_caches(np.stack([cache.x for cache in caches]), caches[0].h, p)[1]


def jacobian_by_differences(step):
    def answer(x, h, p):
        columns = []
        for nudge in step * np.eye(h.shape[1]):
            up, down = gru_ref.gru_step(x, h + nudge, p), gru_ref.gru_step(x, h - nudge, p)
            columns.append((up - down) / (2 * step))
        return np.stack(columns, axis=-1)

    return answer


def split_at_the_other_size(W, H, order):
    if order not in ("hx", "xh"):
        raise ValueError(order)
    I = W.shape[1] - H
    return (W[:, I:], W[:, :I]) if order == "hx" else (W[:, :H], W[:, H:])


def with_a_default_list():
    def rnn_forward(xs, h0, p, hs=[]):  # noqa: B006
        h = h0
        for x in xs:
            h = gru_ref.rnn_step(x, h, p)
            hs.append(h)
        return np.stack(hs)

    return rnn_forward


T, B, I, H = 6, 4, 3, 5
xs = np.linspace(-1, 1, 7)


def with_sizes_of_the_notebook(x, h, p):
    z = np.zeros((B, H))
    for b in range(B):
        z[b] = gru_ref.sigmoid(p.W_iz @ x[b] + p.b_iz + p.W_hz @ h[b] + p.b_hz)
    return z


def with_a_size_in_a_comprehension(x, h, p):
    return np.stack([gru_ref.sigmoid(p.W_iz @ x[b] + p.b_iz + p.W_hz @ h[b] + p.b_hz) for b in range(B)])


def helper(h):
    return np.zeros((B, H)) + h


def with_sizes_in_a_helper(x, h, p):
    return gru_ref.update_gate(x, helper(h), p)


def sequence_up_to_T(xs, h0, p, lengths=None):
    h, hs = h0, []
    for t in range(T):
        h = gru_ref.gru_step(xs[t], h, p)
        hs.append(h)
    return np.stack(hs)


def reflection(H, gain, rng):
    v = rng.standard_normal(H)
    return gain * rng.choice([-1, 1], H) * (np.eye(H) - 2 * np.outer(v, v) / (v @ v))


def orthogonalised(draw):
    """An answer that makes a matrix of numbers orthogonal by QR, with the signs undone, whatever numbers these are."""

    def answer(H, gain, rng):
        Q, R = np.linalg.qr(draw(rng, (H, H)))
        return gain * Q * np.sign(np.diag(R))

    return answer


def small_turn(H, gain, rng):
    from scipy.linalg import expm

    A = 0.3 * rng.standard_normal((H, H))
    return gain * rng.choice([-1, 1], H) * expm(A - A.T)


def in_two_blocks(H, gain, rng):
    W, half = np.zeros((H, H)), H // 2
    for part in (slice(half), slice(half, None)):
        W[part, part] = gru_ref.orthogonal(len(W[part]), gain, rng) if W[part].size else 0
    return W[rng.permutation(H)]


def twelve_arrays(draw):
    """An answer to init_gru whose numbers are draw(rng, shape), times the bound."""

    def answer(I, H, rng):
        shapes = [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6
        return gru_ref.GRUParams(*(draw(rng, shape) / np.sqrt(H) for shape in shapes))

    return answer


SUM = "x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz"
TIE = {
    "right": lambda low, high: "tie" if low <= 0 <= high else "a" if low > 0 else "b",
    "strict": lambda low, high: "tie" if low < 0 < high else "a" if low > 0 else "b",
    "turned": lambda low, high: "tie" if low <= 0 <= high else "b" if low > 0 else "a",
}
WRONG = [
    # exercise, answer, key of the mistake, words of the message
    ("update_gate", of_update_gate(f"np.round(s({SUM}))"), "rounded", "only ever 0 or 1"),
    ("update_gate", of_update_gate(f"({SUM} > 0) * 1.0"), "rounded", "only ever 0 or 1"),
    ("update_gate", of_update_gate(f"np.round(s({SUM}), 2)"), None, "rounded to 2 decimals"),
    ("update_gate", of_update_gate(f"np.clip({SUM}, 0, 1)"), "clipped", "clipped at 0 and 1"),
    ("update_gate", of_update_gate(SUM.replace("W_iz", "W_ir").join(["s(", ")"])), "name_left_over", "W_ir stands where W_iz should"),
    ("update_gate", of_update_gate("s(x @ p.W_iz.T + p.b_iz + h @ p.W_hr.T + p.b_hr)"), "name_left_over", "W_hr and b_hr stand where W_hz and b_hz should"),
    ("update_gate", of_update_gate("s(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hr)"), "name_left_over", "b_hr stands where b_hz should"),
    ("update_gate", of_update_gate(f"s({SUM}).mean(axis=0) + 0 * h"), None, "All rows of the batch are equal"),
    ("update_gate", of_update_gate("0.5 + 0 * h"), None, "Every entry is 0.5"),
    ("update_gate", of_update_gate(f"2 * s({SUM}) * h"), None, "outside the range from 0 to 1"),
    ("update_gate", with_sizes_of_the_notebook, "taken_from_outside", "takes B and H from the notebook"),
    ("update_gate", with_sizes_of_the_notebook, "taken_from_outside", "B, H = h.shape"),
    ("update_gate", with_a_size_in_a_comprehension, "taken_from_outside", "takes B from the notebook"),
    ("update_gate", with_sizes_in_a_helper, "taken_from_outside", "takes B and H from the notebook"),
    ("sigmoid", lambda a: 1 / (1 + np.exp(-abs(xs))) + 0 * a, "taken_from_outside", "In place of xs use what your function is given, a"),
    ("rnn_forward", lambda xs, h0, p: np.stack([h0] * T), "taken_from_outside", "T, B, I = xs.shape"),
    ("gru_forward", sequence_up_to_T, "taken_from_outside", "takes T from the notebook"),
    ("half_life", lambda z: 0.434 * find("half_life").reference(z), None, "0.434 times the right one in every case"),
    ("count_rnn_parameters", lambda I, H: H * (I + H + 2) + 1, None, "1 more than the right one"),
    ("count_rnn_parameters", lambda I, H: I**3, None, "does not change with H"),
    ("count_rnn_parameters", lambda I, H: 7, None, "It is 7 for all arguments"),
    ("split_concatenated", split_at_the_other_size, "cut_at_the_other_size", "column I where H columns come first"),
    ("softmax_cross_entropy", softmax_cross_entropy(np.max, "log p"), "maximum_of_the_whole_array", "whole array"),
    ("softmax_cross_entropy", softmax_cross_entropy(np.max, "sum of logs"), "maximum_of_the_whole_array", "whole array"),
    ("softmax_cross_entropy", softmax_cross_entropy(np.max, "in logarithms"), "maximum_of_the_whole_array", "whole array"),
    ("softmax_cross_entropy", softmax_cross_entropy(lambda a: 0 * a.max(axis=-1, keepdims=True), "log p"), "overflow", "large logit"),
    ("compare", compare(lambda a, b: b - a, TIE["turned"]), "difference_alone_other_way_round", "verdict is right"),
    ("compare", compare(lambda a, b: b - a, TIE["right"]), "other_way_round", "the other way round"),
    ("compare", compare(lambda a, b: a - b, TIE["strict"]), "tie_strictly_inside", "low <= 0 <= high"),
    ("are_equivalent", equal_within(0.1), "small_counts_as_none", "small weight or bias"),
    ("are_equivalent", equal_within(1e-3), None, "both candidates agree"),
    ("clip_by_global_norm", clipped_in_place, "each_value_by_itself", "are changed, and the caller still needs them"),
    ("gru_backward", backward_clipped_at(5), None, "cut off at 5"),
    ("gru_backward", backward_clipped_at(1), None, "cut off at"),
    ("gru_backward", by_autograd, None, "every cache says z = 1"),
    ("gru_jacobian", jacobian_by_differences(1e-6), "by_differences", "not the derivative"),
    ("gru_jacobian", jacobian_by_differences(1e-4), "by_differences", "not the derivative"),
    ("init_gru", twelve_arrays(lambda rng, shape: rng.normal(0, 0.3, shape)), "normal_for_uniform", "crowd around 0"),
    ("init_gru", twelve_arrays(lambda rng, shape: 2 * rng.beta(2, 2, shape) - 1), None, "equally likely"),
    ("init_gru", twelve_arrays(lambda rng, shape: rng.triangular(-1, 0, 1, shape)), None, "equally likely"),
    ("init_gru", twelve_arrays(lambda rng, shape: np.sin(rng.uniform(-1.57, 1.57, shape))), None, "equally likely"),
    ("init_gru", twelve_arrays(lambda rng, shape: np.sort(rng.uniform(-1, 1, shape), axis=-1)), None, "rise about as often as they fall"),
    ("orthogonal", reflection, None, "all directions of a column"),
    ("orthogonal", lambda H, gain, rng: gain * rng.choice([-1, 1], H) * np.eye(H)[rng.permutation(H)], "signed_permutation", "every direction is equally likely"),
    ("orthogonal", orthogonalised(lambda rng, shape: rng.random(shape) - 0.5), "numbers_between_two_bounds", "normal numbers favour no direction"),
    ("orthogonal", orthogonalised(lambda rng, shape: rng.choice([-1, 1], shape) + 1e-6 * rng.random(shape)), None, "all directions of a column"),
    ("orthogonal", orthogonalised(lambda rng, shape: rng.standard_cauchy(shape)), None, "all directions of a column"),
    ("orthogonal", small_turn, None, "that of each square near 1/H"),
    ("orthogonal", in_two_blocks, None, "all directions of a column"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer", "key", "says"), WRONG, ids=[f"{w[0]}-{i}" for i, w in enumerate(WRONG)])
@pytest.mark.parametrize("seed", [None, 1])
def test_a_wrong_answer_is_told_what_is_wrong(name, answer, key, says, seed):
    verdict = examine(find(name), answer, seed)
    assert verdict.state == "failed"
    assert verdict.mistake == key, verdict
    assert says in verdict_text(verdict)


EPSILON, eps = 1e-300, 0.0

RIGHT = [
    ("sigmoid", lambda a: gru_ref.sigmoid(a) + EPSILON + eps),
    ("clip_by_global_norm", lambda grads, max_norm: _clip_by_one_quotient(grads, max_norm)),
    ("compare", compare(lambda a, b: a - b, TIE["right"])),
    ("are_equivalent", equal_within(1e-8)),
    ("sigmoid", lambda a: _warning_by_itself(a)),
]


def _clip_by_one_quotient(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g**2) for g in leaves(grads))))
    return tree_map(lambda g: max_norm * g / max(norm, max_norm), grads), norm


def _warning_by_itself(a):
    warnings.warn("beware", RuntimeWarning, stacklevel=1)
    warnings.warn("this will be gone in a later version", DeprecationWarning, stacklevel=1)
    return gru_ref.sigmoid(a)


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=[name for name, _ in RIGHT])
def test_a_right_answer_in_another_style_passes_whatever_is_drawn(name, answer):
    failed = [seed for seed in range(5) if not examine(find(name), answer, seed).passed]
    assert failed == []


def test_the_fourth_moment_of_fair_draws_is_far_from_its_limits():
    """So far that a right answer fails in fewer than one of 10⁹ checks, whatever the seed."""
    rng = np.random.default_rng(0)
    columns = rng.standard_normal((1000, 16, 100))
    columns /= np.linalg.norm(columns, axis=2, keepdims=True)
    moments = np.log([fourth_moments(draws[:, None])[1] for draws in columns])
    assert -np.log(0.76) > 6.1 * moments.std() and np.log(1.35) > 6.1 * moments.std()
    assert abs(moments.mean()) < 0.01


WITH_GATES = [
    (exercise, position)
    for lesson in bank().values()
    for exercise in lesson.values()
    if exercise.by_value and not exercise.use
    for position, value in enumerate(prepare(exercise).arguments[0])
    if isinstance(value, (gru_ref.GRUParams, gru_ref.LSTMParams))
]


@pytest.mark.parametrize(("exercise", "position"), WITH_GATES, ids=lambda x: getattr(x, "name", str(x)))
@pytest.mark.parametrize(
    "taken", [{"W_h": "W_h", "b_h": "b_h"}, {"b_h": "b_h"}, {"W_i": "W_i"}, {"W_i": "W_i", "W_h": "W_h", "b_i": "b_i"}]
)
def test_a_line_copied_from_another_gate_is_named(exercise, position, taken):
    """By a mistake of the exercise's own, or by the names that stand where others should."""
    kind = type(prepare(exercise).arguments[0][position])
    own, other = [name[-1] for name in kind._fields[1::-1]]
    taken = {name + own: name + other for name in taken}

    def answer(*args):
        p = args[position]
        p = p._replace(**{name: getattr(p, left) for name, left in taken.items()})
        return exercise.reference(*args[:position], p, *args[position + 1 :])

    answer.__signature__ = inspect.signature(exercise.reference)
    verdict = examine(exercise, answer)
    assert verdict.passed or verdict.mistake, verdict
    if verdict.mistake == "name_left_over":  # biases do not matter on the way back
        assert any(f"`{name}`" in verdict.headline and f"`{left}`" in verdict.headline for name, left in taken.items())


def test_a_default_list_that_survives_the_call_is_named():
    verdict = examine(find("rnn_forward"), with_a_default_list())
    assert verdict.mistake == "remembers_earlier_calls"
    assert "made once and serves every later call" in verdict_text(verdict)


def test_an_answer_whose_later_call_ends_in_an_error_is_told_so():
    known = set()

    def ema(xs, z):
        if (key := (xs.tobytes(), z)) in known:
            raise RuntimeError("I have seen this")
        known.add(key)
        return gru_ref.ema(xs, z)

    verdict = examine(find("ema"), ema)
    assert verdict.mistake == "remembers_earlier_calls"
    assert "ended in RuntimeError" in verdict_text(verdict)
