"""Questions whose numbers are drawn for each student. The answers are computed by the reference package, where it has the function."""

from functools import partial

import numpy as np

import gru_ref
from grader.exam.questions import Drawn, Question, Wrong

TRIES = 100  # draws until no known mistake gives the right answer by chance

COMPUTED = []


def question(lesson, title):
    """Declare a question: the function takes a Generator and returns ``(text, answer, {message: wrong answer}, explanation)``.

    An integer answer has to be exact. A real one is right within half a percent, as three significant digits always are.
    """

    def declare(fn):
        COMPUTED.append(Question(fn.__name__, title, lesson, computed=True, draw=partial(_drawn, fn)))
        return fn

    return declare


def _drawn(fn, rng):
    for _ in range(TRIES):
        text, answer, wrong, explanation = fn(rng)
        exact = isinstance(answer, int)
        tolerance = 0.0 if exact else 0.005 * abs(answer)
        # Twice the tolerance apart, so that no number is both right and wrong.
        values = [answer, *wrong.values()]
        if all(abs(a - b) > 2 * tolerance for k, a in enumerate(values) for b in values[:k]) and answer != 0:
            asked = "An integer." if exact else "Give at least three significant digits."
            known = tuple(Wrong(float(value), message) for message, value in wrong.items())
            return Drawn(f"{text} {asked}", answer, known, explanation, tolerance)
    raise RuntimeError(f"{fn.__name__}: in {TRIES} draws a known mistake always gives the right answer")


def _hundredths(rng, low, high):
    """A number with two decimals, as it stands in the text."""
    return round(float(rng.uniform(low, high)), 2)


def _signed(rng, low, high):
    return _hundredths(rng, low, high) * (1 if rng.random() < 0.5 else -1)


def _sigmoid(a):
    return float(gru_ref.sigmoid(np.array(a)))


def _cell(kind, **values):
    """The parameters of a cell with one input and one unit; what is not given is 0."""
    shapes = {"W": (1, 1), "b": (1,)}
    return kind(*(np.full(shapes[name[0]], values.get(name, 0.0)) for name in kind._fields))


def _one(array):
    return float(np.asarray(array).item())


@question("00", "Half-life")
def half_life(rng):
    z = round(float(rng.uniform(0.8, 0.98)), 3)
    return (
        f"A memory keeps the fraction $z = {z}$ of its value at each step. After how many steps is half of a value left?",
        float(gru_ref.half_life(z)),
        {
            "This is $-1/\\ln z$, the steps until 1/e is left.": float(gru_ref.time_constant(z)),
            "This is $1/(1 - z)$, which is about the steps until 1/e is left.": 1 / (1 - z),
            "This is $0.5/(1 - z)$, as if the same amount were lost at each step.": 0.5 / (1 - z),
        },
        "$z^k = 1/2$ gives $k = \\ln 0.5 / \\ln z$.",
    )


@question("00", "A constant input")
def constant_input(rng):
    z, n, x = _hundredths(rng, 0.6, 0.95), int(rng.integers(3, 9)), int(rng.integers(2, 10))
    return (
        f"The memory $h \\leftarrow z\\,h + (1 - z)\\,x$ starts at $h = 0$, with $z = {z}$, and reads $x = {x}$ at each step. "
        f"What is $h$ after {n} steps?",
        float(gru_ref.ema(np.full(n, float(x)), z)[-1]),
        {
            "This is what is still missing, $z^n x$.": x * z**n,
            "Here $z$ and $1 - z$ are exchanged.": x * (1 - (1 - z) ** n),
            "This is the state after one step less.": x * (1 - z ** (n - 1)),
        },
        f"The distance from the input shrinks by $z$ at each step: $h_n = (1 - z^n)\\,x$ with $n = {n}$.",
    )


@question("01", "Two steps of an RNN")
def two_steps(rng):
    w, u, b = _signed(rng, 0.3, 1.2), _signed(rng, 0.3, 1.2), _signed(rng, 0.05, 0.4)
    x1, x2 = _signed(rng, 0.2, 1.5), _signed(rng, 0.2, 1.5)
    p = _cell(gru_ref.RNNParams, W_ih=w, W_hh=u, b_ih=b)
    h1 = gru_ref.rnn_step(np.array([[x1]]), np.zeros((1, 1)), p)
    return (
        f"A tanh RNN with one unit computes $h_t = \\tanh(w x_t + u h_{{t-1}} + b)$ with $w = {w}$, $u = {u}$, $b = {b}$, and $h_0 = 0$. "
        f"It reads $x_1 = {x1}$, $x_2 = {x2}$. What is $h_2$?",
        _one(gru_ref.rnn_step(np.array([[x2]]), h1, p)),
        {
            "The second step does not use the state.": float(np.tanh(w * x2 + b)),
            "The state of the first step has no tanh.": float(np.tanh(w * x2 + u * (w * x1 + b) + b)),
            "This is $h_1$.": _one(h1),
            "The inputs are read in reverse order.": float(np.tanh(w * x1 + u * np.tanh(w * x2 + b) + b)),
        },
        f"$h_1 = \\tanh(w x_1 + b) = {_one(h1):.4f}$, then $h_2 = \\tanh(w x_2 + u h_1 + b)$.",
    )


@question("02", "A gradient through time")
def gradient_through_time(rng):
    u, h, k = _hundredths(rng, 0.9, 1.6), _hundredths(rng, 0.3, 0.7), int(rng.integers(4, 9))
    factor = u * (1 - h * h)
    return (
        f"A tanh RNN with one unit has the recurrent weight $u = {u}$. Over {k} steps its state stays at $h = {h}$. "
        f"By which factor is a gradient multiplied on its way back through these {k} steps?",
        factor**k,
        {
            "The slope of tanh is missing.": u**k,
            "This is the factor of one step.": factor,
            "The slope of tanh at $a$ is $1 - \\tanh^2 a$, with the square.": (u * (1 - h)) ** k,
            "The factors of the steps are added, but the chain rule multiplies them.": k * factor,
        },
        f"Each step back multiplies by $u\\,(1 - h^2) = {factor:.4f}$.",
    )


@question("03", "An update gate")
def an_update_gate(rng):
    w, u = _signed(rng, 0.3, 1.5), _signed(rng, 0.3, 1.5)
    b_i, b_h = _signed(rng, 0.1, 0.8), _signed(rng, 0.1, 0.8)
    x, h = _signed(rng, 0.2, 1.5), _signed(rng, 0.2, 0.9)
    a = w * x + b_i + u * h + b_h
    p = _cell(gru_ref.GRUParams, W_iz=w, W_hz=u, b_iz=b_i, b_hz=b_h)
    return (
        f"A GRU with one unit has $W_{{iz}} = {w}$, $b_{{iz}} = {b_i}$, $W_{{hz}} = {u}$, $b_{{hz}} = {b_h}$. "
        f"It reads $x = {x}$ in the state $h = {h}$. What is the update gate $z$?",
        _one(gru_ref.update_gate(np.array([[x]]), np.array([[h]]), p)),
        {
            "This is the sum inside σ.": a,
            "This uses tanh. A gate uses σ.": float(np.tanh(a)),
            "The state is missing.": _sigmoid(w * x + b_i + b_h),
            "One of the two biases is missing, $b_{hz}$.": _sigmoid(a - b_h),
            "This is $1 - z$.": _sigmoid(-a),
        },
        f"$z = \\sigma(W_{{iz}} x + b_{{iz}} + W_{{hz}} h + b_{{hz}}) = \\sigma({a:.4f})$.",
    )


@question("04", "Blending")
def blending(rng):
    z, n, h = _hundredths(rng, 0.55, 0.95), _signed(rng, 0.2, 0.95), _signed(rng, 0.2, 0.95)
    return (
        f"In PyTorch's GRU a unit has $z = {z}$, the candidate $n = {n}$ and the state $h = {h}$. What is its new state?",
        _one(gru_ref.blend(*(np.array([[a]]) for a in (z, n, h)))),
        {
            "This is the other convention, where $z$ says how much of the candidate is written.": z * n + (1 - z) * h,
            "Only what is kept of the old state is here.": z * h,
            "The candidate is added as a whole.": n + z * h,
        },
        "In PyTorch $z$ keeps: $h_\\text{new} = (1 - z)\\,n + z\\,h$.",
    )


@question("05", "A complete step")
def a_complete_step(rng):
    r, z = _hundredths(rng, 0.15, 0.85), _hundredths(rng, 0.15, 0.85)
    w, b_i, u, b_h = (_signed(rng, 0.3, 1.3) for _ in range(4))
    x, h = _signed(rng, 0.3, 1.2), _signed(rng, 0.3, 0.9)

    def step(inside, z=z):
        return float((1 - z) * np.tanh(inside) + z * h)

    into = w * x + b_i
    logit = {name: float(np.log(g / (1 - g))) for name, g in (("b_ir", r), ("b_iz", z))}
    p = _cell(gru_ref.GRUParams, W_in=w, b_in=b_i, W_hn=u, b_hn=b_h, **logit)
    return (
        f"In PyTorch's GRU a unit has the gates $r = {r}$ and $z = {z}$, and $W_{{in}} = {w}$, $b_{{in}} = {b_i}$, $W_{{hn}} = {u}$, "
        f"$b_{{hn}} = {b_h}$. It reads $x = {x}$ in the state $h = {h}$. What is its new state?",
        _one(gru_ref.gru_step(np.array([[x]]), np.array([[h]]), p)),
        {
            "The reset gate is not used.": step(into + u * h + b_h),
            "The reset gate acts before the product, and so not on $b_{hn}$. In PyTorch it acts after it.": step(into + u * r * h + b_h),
            "In the blend $z$ and $1 - z$ are exchanged.": step(into + r * (u * h + b_h), 1 - z),
            "This is the candidate.": float(np.tanh(into + r * (u * h + b_h))),
        },
        "$n = \\tanh(W_{in} x + b_{in} + r\\,(W_{hn} h + b_{hn}))$, then $(1 - z)\\,n + z\\,h$.",
    )  # fmt: skip


@question("05", "Parameters of a GRU")
def parameters_of_a_gru(rng):
    I, H = int(rng.integers(5, 60)), int(rng.integers(20, 200))
    return (
        f"How many parameters does `torch.nn.GRU({I}, {H})` have?",
        gru_ref.count_gru_parameters(I, H, 2),
        {
            "PyTorch has two biases for each gate. This counts one.": gru_ref.count_gru_parameters(I, H, 1),
            "This counts no biases.": gru_ref.count_gru_parameters(I, H, 0),
            "This is an LSTM, with four blocks instead of three.": 4 * (H * I + H * H + 2 * H),
            "This is one block. A GRU has three: reset, update and candidate.": H * I + H * H + 2 * H,
        },
        "Three blocks, each with $HI + HH + 2H$ parameters.",
    )


@question("06", "One bias out of two")
def one_bias(rng):
    b_i, b_h = _signed(rng, 0.1, 2), _signed(rng, 0.1, 2)
    p = gru_ref.merge_biases(gru_ref.flip_update_gate(_cell(gru_ref.GRUParams, b_iz=b_i, b_hz=b_h)))
    return (
        f"A unit of PyTorch's GRU has $b_{{iz}} = {b_i}$ and $b_{{hz}} = {b_h}$. Another library has *one* bias for the update gate, and its "
        "gate says how much of the *candidate* is written. Which bias makes both compute the same?",
        _one(p.b_iz),
        {
            "The two are added, but the gate's meaning is the opposite: $\\sigma(-a) = 1 - \\sigma(a)$.": b_i + b_h,
            "One of the two is left out, $b_{hz}$.": -b_i,
            "One of the two is left out, $b_{iz}$.": -b_h,
            "The gate is one minus the other. Its bias is not: $1 - \\sigma(a) = \\sigma(-a)$.": 1 - (b_i + b_h),
        },
        "Only the sum of the two matters, and all parameters of the update gate change their sign.",
    )


@question("07", "The share of the padding")
def share_of_padding(rng):
    lengths = [int(n) for n in rng.integers(3, 40, 5)]
    T, real = max(lengths), sum(lengths)
    padded = int((~gru_ref.length_mask(T, np.array(lengths))).sum())
    return (
        f"Five sequences with {', '.join(map(str, lengths[:-1]))} and {lengths[-1]} steps are padded to one length and run as a batch. "
        "What percentage of the steps that the batch computes is padding?",
        100 * padded / (T * len(lengths)),
        {
            "This compares the padding with the real steps, not with all.": 100 * padded / real,
            "This is the share of the real steps.": 100 * real / (T * len(lengths)),
        },
        f"The batch has 5 · {T} = {5 * T} steps, of which {padded} are padding.",
    )


@question("07", "Parameters of a stack")
def parameters_of_a_stack(rng):
    I, H = int(rng.integers(5, 60)), int(rng.integers(20, 150))

    def layer(inputs):
        return 2 * gru_ref.count_gru_parameters(inputs, H, 2)

    return (
        f"How many parameters does `torch.nn.GRU({I}, {H}, num_layers=2, bidirectional=True)` have?",
        layer(I) + layer(2 * H),
        {
            "The second layer reads both directions of the first, 2H values at each step.": layer(I) + layer(H),
            "Each layer has two directions, each with parameters of its own.": (layer(I) + layer(2 * H)) // 2,
            "The second layer does not read the input, but the states of the first.": 2 * layer(I),
        },
        "For each direction $3(HI + HH + 2H)$ in the first layer, and $3(H \\cdot 2H + HH + 2H)$ in the second.",
    )


@question("08", "Back into the update gate")
def into_the_update_gate(rng):
    dh, h, n, z = _signed(rng, 0.2, 2), _signed(rng, 0.2, 0.9), _signed(rng, 0.2, 0.9), _hundredths(rng, 0.15, 0.85)
    cache = gru_ref.GRUCache(np.zeros((1, 1)), *(np.array([[a]]) for a in (h, 0.5, z, n, 0.0)))
    _, _, grads = gru_ref.gru_step_backward(np.array([[dh]]), cache, _cell(gru_ref.GRUParams))
    return (
        f"In PyTorch's GRU, $h_\\text{{new}} = (1 - z)\\,n + z\\,h$, a unit has $z = {z}$, $n = {n}$ and $h = {h}$. The gradient of the loss "
        f"with respect to $h_\\text{{new}}$ is {dh}. What is the gradient with respect to the sum $a_z$ inside $z = \\sigma(a_z)$?",
        _one(grads.b_iz),
        {
            "The sign is wrong: the derivative of the new state with respect to $z$ is $h - n$.": -_one(grads.b_iz),
            "This is the gradient with respect to $z$. The slope of σ is missing.": dh * (h - n),
            "The slope of σ is $z\\,(1 - z)$. This has that of tanh.": dh * (h - n) * (1 - z * z),
            "The derivative with respect to $z$ has the candidate in it, too.": dh * h * z * (1 - z),
        },
        "$dz = dh\\,(h - n)$, and $da_z = dz \\cdot z\\,(1 - z)$.",
    )


@question("09", "A bias for a long memory")
def a_bias_for_memory(rng):
    T = int(rng.integers(20, 500))
    return (
        f"At rest a GRU's update gate is $z = \\sigma(b)$, where $z$ keeps. Which bias $b$ gives a memory of $1/(1 - z) = {T}$ steps?",
        float(np.log(T - 1)),
        {
            "The sign is wrong. Where $z$ keeps, a long memory needs a positive bias.": -float(np.log(T - 1)),
            "This is $z$ itself.": 1 - 1 / T,
            "This is a logarithm to base 10.": float(np.log10(T - 1)),
        },
        "$z = 1 - 1/T$, and $b = \\ln(z / (1 - z)) = \\ln(T - 1)$. Lesson 09's chrono initialisation draws $T$ for each unit.",
    )


@question("10", "Cross-entropy")
def cross_entropy(rng):
    logits = [_signed(rng, 0.1, 3) for _ in range(3)]
    target = int(rng.integers(3))
    loss, _ = gru_ref.softmax_cross_entropy(np.array([logits]), np.array([target]))
    return (
        f"The logits of the classes 0, 1 and 2 are {logits[0]}, {logits[1]} and {logits[2]}, and class {target} is right. "
        "What is the cross-entropy, in nats?",
        float(loss),
        {
            "This is the probability of the right class.": float(np.exp(-loss)),
            "This is in bits.": float(loss / np.log(2)),
            "This is the logarithm of the probability, without the minus.": -float(loss),
        },
        f"The right class has the probability softmax = {np.exp(-loss):.4f}, and the loss is minus its natural logarithm.",
    )


@question("10", "Clipping")
def clipping(rng):
    g = [_signed(rng, 1, 9) for _ in range(3)]
    norm_at_most = int(rng.integers(1, 4))
    (clipped,), norm = gru_ref.clip_by_global_norm((np.array(g),), norm_at_most)
    return (
        f"The gradient is $({g[0]}, {g[1]}, {g[2]})$. It is clipped to a global norm of at most {norm_at_most}. What is its first entry then?",
        float(clipped[0]),
        {
            "Each entry is clipped by itself. That changes the gradient's direction.": float(np.clip(g[0], -norm_at_most, norm_at_most)),
            "This scales to norm 1.": g[0] / norm,
            "This divides by the sum of the sizes, not by the Euclidean norm.": g[0] * norm_at_most / sum(map(abs, g)),
        },
        f"The norm is {norm:.4f}; all entries are multiplied by {norm_at_most}/{norm:.4f}.",
    )  # fmt: skip


@question("10", "Adam's first step")
def adams_first_step(rng):
    w, g, lr = _signed(rng, 0.2, 2), _signed(rng, 0.3, 5), float(rng.choice([0.01, 0.02, 0.05, 0.1]))
    p = (np.array([w]),)
    ((new,), _) = gru_ref.adam_step(p, (np.array([g]),), gru_ref.adam_init(p), lr)
    return (
        f"A parameter is {w}, and its gradient {g}. What is it after the first step of Adam with learning rate {lr}, $\\beta_1 = 0.9$, "
        "$\\beta_2 = 0.999$, $\\varepsilon = 10^{-8}$?",
        _one(new),
        {
            "This is a step of gradient descent. Adam divides by the gradient's size.": w - lr * g,
            "The step goes uphill.": w + lr * float(np.sign(g)),
            "The means are not corrected for their start at 0.": w - lr * float(np.sign(g)) * 0.1 / np.sqrt(0.001),
        },
        "After the correction, $\\hat m = g$ and $\\hat v = g^2$: the first step has the size of the learning rate, against the gradient's sign.",
    )


@question("13", "Bits for each character")
def bits_for_each_character(rng):
    nats = _hundredths(rng, 0.9, 2.2)
    return (
        f"A language model of characters has a mean loss of {nats} nats. How many bits does it need for each character?",
        nats / float(np.log(2)),
        {
            "Multiplied instead of divided by $\\ln 2$: a bit is less than a nat, so there are more bits than nats.": nats
            * float(np.log(2)),
            "This is the perplexity, $e^L$.": float(np.exp(nats)),
            "This is $2^L$.": float(2**nats),
        },
        "One bit is $\\ln 2 = 0.693$ nats.",
    )


@question("16", "Error rate")
def errors_in_digits(rng):
    reference = [int(d) for d in rng.integers(0, 10, 8)]
    heard = reference.copy()
    del heard[int(rng.integers(1, 4))]
    heard.insert(int(rng.integers(5, 8)), int(rng.integers(0, 10)))
    place = int(rng.integers(0, len(heard)))
    heard[place] = (heard[place] + int(rng.integers(1, 10))) % 10
    if rng.random() < 0.5:
        heard.append(int(rng.integers(0, 10)))
    edits = gru_ref.edit_distance(reference, heard)
    unequal = sum(a != b for a, b in zip(reference, heard, strict=False)) + abs(len(reference) - len(heard))
    wrong = {"This compares place by place. An edit distance may insert and delete.": 100 * unequal / len(reference)}
    wrong["This is the number of edits."] = float(edits)
    if len(heard) != len(reference):
        wrong["This divides by the length of the answer, not of the reference."] = 100 * edits / len(heard)
    return (
        f"The reference is {' '.join(map(str, reference))}. The network answered {' '.join(map(str, heard))}. What is the error rate, in percent?",
        100 * gru_ref.error_rate([reference], [heard]),
        wrong,
        f"The edit distance is {edits}, and the reference has {len(reference)} digits.",
    )


@question("18", "Skill")
def a_skill(rng):
    errors = [_signed(rng, 0.1, 1.5) for _ in range(4)]
    baseline = [_signed(rng, 0.4, 2.5) for _ in range(4)]
    mean, baseline_mean = (float(np.mean(np.abs(e))) for e in (errors, baseline))
    skill = gru_ref.skill(np.array(errors), np.array(baseline))
    return (
        f"On four days the errors of a forecast are {', '.join(map(str, errors))}, and those of the baseline {', '.join(map(str, baseline))}. "
        "What is the forecast's skill with respect to the baseline, by mean squared errors?",
        skill,
        {
            "This uses absolute errors, not squared ones.": 1 - mean / baseline_mean,
            "This is the ratio of the mean squared errors. The skill is 1 minus it.": 1 - skill,
            "This is 1 minus the ratio of the *roots* of the mean squared errors.": 1 - float(np.sqrt(1 - skill)),
        },
        "The skill is $1 - \\text{MSE} / \\text{MSE of the baseline}$.",
    )


@question("20", "An interval")
def an_interval(rng):
    d = [_signed(rng, 0.2, 3) + 1 for _ in range(5)]
    d = [round(v, 2) for v in d]
    _, (low, high), _ = gru_ref.compare(np.array(d), np.zeros(5))
    s = float(np.std(d, ddof=1))
    return (
        f"Over five seeds, GRU minus LSTM is {', '.join(map(str, d))} points. What is the half-width of the 95% confidence interval of the mean "
        "difference? (For four degrees of freedom, $t = 2.776$.)",
        (high - low) / 2,
        {
            "This takes 1.96. With five runs Student's t is much larger.": 1.96 * s / float(np.sqrt(5)),
            "The division by the root of the number of runs is missing.": 2.776 * s,
            "The standard deviation of a sample divides by $N - 1$, not by $N$.": 2.776
            * float(np.std(d))
            / float(np.sqrt(5)),
        },
        f"$t \\cdot s / \\sqrt{{5}}$ with $s = {s:.4f}$.",
    )
