"""Every public function of gru_ref says what is wrong with an argument: its name, what it is, what it should be.

Each is called correctly below; then each array in that call is spoilt in turn. A function that is missing here fails.
"""

import inspect
import re

import numpy as np
import pytest

import gru_ref
from gru_ref import layers, minimal
from gru_ref.trees import tree_map

T, B, I, H, C = 5, 4, 2, 3, 6
rng = np.random.default_rng(0)


def normal(*shape):
    return rng.normal(0, 0.5, shape)


def positive(*shape):
    return rng.uniform(0.1, 0.9, shape)


X, XS, STATE, STATES = normal(B, I), normal(T, B, I), positive(B, H), normal(T, B, H)
LENGTHS = np.array([5, 1, 3, 2])
RNN, GRU, LSTM = (init(I, H, rng) for init in (gru_ref.init_rnn, gru_ref.init_gru, gru_ref.init_lstm))
CACHE = gru_ref.gru_step_with_cache(X, STATE, GRU)[1]
CACHES = gru_ref.gru_forward_with_caches(XS, STATE, GRU)[1]
MGU = minimal.MGUParams(*normal(2, H, I), *normal(2, H, H), *normal(2, H))
MIN = minimal.MinGRUParams(*normal(2, H, I), *normal(2, H))
STEP, SEQUENCE = {"x": X, "h": STATE, "p": GRU}, {"xs": XS, "h0": STATE, "p": GRU}
TORCH = dict(zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), gru_ref.to_torch(GRU), strict=True))
KERAS = dict(zip(("kernel", "recurrent_kernel", "bias"), gru_ref.to_keras(GRU), strict=True))
ONNX = dict(zip("WRB", gru_ref.to_onnx(GRU), strict=True))
STACKED = gru_ref.to_stacked(GRU)._asdict()
MASK = gru_ref.length_mask(T, LENGTHS)
MODEL = gru_ref.init_model("gru", I, H, 1, rng)
LOG_PROBS = np.log(rng.dirichlet(np.ones(C), (T, B)))
NETWORK = layers.init_network("gru", I, H, rng, 2, True)
LANGUAGE = gru_ref.init_language_model("gru", C, I, H, rng)
TEXT = rng.integers(0, C, 60)
CHUNK = gru_ref.Chunk(TEXT[: T * B].reshape(T, B), TEXT[-T * B :].reshape(T, B), True)
CARRIED = gru_ref.language_forward(LANGUAGE, CHUNK.inputs)[1]

CALLS = {
    "ablate": {"p": GRU, "gate": "z", "value": 0.5},
    "differences_left": {"histories": XS, "others": -XS, "futures": XS, "p": GRU},
    "gate_lags": {"zs": positive(T, B, H), "lengths": LENGTHS},
    "gate_traces": {"xs": XS, "p": GRU, "h0": STATE, "lengths": LENGTHS},
    "linear_probe": {"hs": normal(T, H), "labels": np.array([0, 1, 1, 0, 2])},
    "measured_lags": {"left": np.array([[1.0, 1.0], [0.6, 0.3], [0.2, 0.1]])},
    "saturation": {"gates": positive(T, H), "low": 0.1, "high": 0.9},
    "text_lags": {"embedding": normal(C, I), "p": GRU, "ids": TEXT, "N": 3, "past": 4, "K": 2},
    "text_windows": {"ids": TEXT, "count": 3, "length": 4, "rng": rng},
    "adam_init": {"p": GRU},
    "adam_step": {"p": GRU, "grads": GRU, "state": gru_ref.adam_init(GRU), "lr": 1e-3},
    "ar_deviations": {"model": gru_ref.AR(0.1, normal(3), 0.5), "horizon": 4},
    "are_equivalent": {"p": GRU, "r": positive(H)},
    "attend": {"query": STATE, "keys": STATES, "lengths": LENGTHS},
    "bidirectional": {"xs": XS, "p_forward": GRU, "p_backward": GRU, "lengths": LENGTHS},
    "bits_by_known": {"p": LANGUAGE, "ids": TEXT, "known": [1, 3], "history": 8, "N": 2},
    "bits_per_character": {"logits": normal(T, B, C), "targets": CHUNK.targets},
    "blend": {"z": positive(B, H), "n": STATE, "h": STATE},
    "candidate": {"x": X, "h": STATE, "r": positive(B, H), "p": GRU},
    "choose_order": {"values": normal(40), "most": 2, "first": 25, "horizon": 3},
    "climatology": {"training": normal(7), "places": np.array([7, 8]), "period": 3},
    "chrono_init": {"p": GRU, "T_max": 50, "rng": rng},
    "clip_by_global_norm": {"grads": GRU, "max_norm": 1.0},
    "compare": {"a": normal(5), "b": normal(5)},
    "compare_examples": {"a": normal(5), "b": normal(5), "rng": rng, "sizes": positive(5), "samples": 10},
    "counting": {"ns": np.array([1, 3])},
    "coverage": {"y": normal(4, 3), "low": normal(4, 3) - 9, "high": normal(4, 3) + 9},
    "ctc_collapse": {"path": np.array([1, 1, 0]), "blank": 0},
    "ctc_log_likelihood": {"log_probs": LOG_PROBS[:, 0], "target": np.array([1, 2]), "blank": 0},
    "ctc_log_likelihoods": {
        "log_probs": LOG_PROBS,
        "targets": np.ones((3, B), int),
        "lengths": LENGTHS,
        "target_lengths": np.array([3, 0, 2, 1]),
        "blank": 0,
    },
    "ema": {"xs": normal(T), "z": 0.5},
    "fit_ar": {"values": normal(20), "p": 2},
    "forecast_ar": {"model": gru_ref.AR(0.1, normal(3), 0.5), "history": normal(4, 6), "horizon": 2},
    "flip_update_gate": {"p": GRU},
    "frames": {"wave": normal(9), "size": 4, "hop": 2},
    "from_concatenated": {"arrays": gru_ref.to_concatenated(GRU)},
    "from_flax": {"layers": gru_ref.to_flax(GRU)},
    "from_keras": KERAS,
    "from_nnx": {"layers": gru_ref.to_nnx(GRU._replace(b_hn=np.zeros(H)))},
    "from_onnx": ONNX,
    "from_stacked": STACKED,
    "from_state_dict": {"kind": "gru", "state": gru_ref.to_state_dict(NETWORK)},
    "from_torch": {"kind": gru_ref.GRUParams, **TORCH},
    "count_notes": {"rolls": [positive(T, H)]},
    "frame_nll": {"logits": normal(T, B, C), "roll": 1.0 * (normal(T, B, C) > 0), "mask": np.ones((T, B))},
    "gate": {"x": X, "h": STATE, "W": normal(H, I), "U": normal(H, H), "b_i": normal(H), "b_h": normal(H)},
    "gradient_norms": {"hs": STATES, "p": RNN},
    "gradient_profile": SEQUENCE,
    "gru_backward": {"dhs": STATES, "caches": CACHES, "p": GRU},
    "gru_forward": {**SEQUENCE, "lengths": LENGTHS},
    "gru_forward_with_caches": SEQUENCE,
    "gru_jacobian": STEP,
    "gru_jacobian_reset_before": STEP,
    "gru_step": STEP,
    "gru_step_backward": {"dh": STATE, "cache": CACHE, "p": GRU},
    "gru_step_reset_before": STEP,
    "gru_step_with_cache": STEP,
    "language_bits": {"p": LANGUAGE, "ids": TEXT, "B": 3},
    "language_chunks": {"ids": TEXT, "T": 3, "B": 2},
    "language_forward": {"p": LANGUAGE, "ids": CHUNK.inputs, "states": CARRIED},
    "language_loss_and_grads": {"p": LANGUAGE, "chunk": CHUNK, "states": CARRIED},
    "length_mask": {"T": T, "lengths": LENGTHS},
    "features_of": {"wave": normal(700)},
    "with_noise": {"wave": normal(50), "decibels": 10.0, "rng": rng},
    "log_mel": {"cut": normal(4, 32), "filters": gru_ref.mel_filters(3, 32, 8000)},
    "holm": {"p_values": positive(5)},
    "lstm_forward": {"xs": XS, "h0": STATE, "c0": STATE, "p": LSTM, "lengths": LENGTHS},
    "lstm_jacobian": {"x": X, "h": STATE, "c": STATE, "p": LSTM},
    "lstm_step": {"x": X, "h": STATE, "c": STATE, "p": LSTM},
    "mcnemar": {"a": MASK[0], "b": MASK[1]},
    "mean_squared_error": {"predictions": normal(B, 1), "targets": normal(B, 1)},
    "merge_biases": {"p": GRU._replace(b_hn=np.zeros(H))},
    "minibatches": {"data": gru_ref.Batch(*gru_ref.adding(T, B, rng)), "B": 2, "rng": rng},
    "model_forward": {"p": MODEL, "xs": XS, "lengths": LENGTHS},
    "model_loss": {"p": MODEL, "batch": gru_ref.Batch(*gru_ref.adding(T, B, rng))},
    "model_loss_and_grads": {"p": MODEL, "batch": gru_ref.Batch(*gru_ref.adding(T, B, rng))},
    "move_reset": {"p": GRU._replace(W_hn=np.diag(normal(H)), b_hn=np.zeros(H)), "to": "before"},
    "numerical_gradient": {"f": np.sum, "a": normal(2, 3)},
    "persistence": {"history": normal(4, 6), "horizon": 5, "period": 3},
    "quantile_loss": {"y": normal(4, 3), "predicted": normal(4, 3), "q": 0.9},
    "pack_masked": {"xs": XS, "mask": MASK},
    "pool": {"hs": STATES, "lengths": LENGTHS, "how": "mean"},
    "orthogonal_init": {"p": GRU, "gain": 1.0, "rng": rng},
    "readout": {"hs": STATES, "lengths": LENGTHS, "W": normal(C, H), "b": normal(C), "kind": "class"},
    "resample": {"wave": normal(9), "rate": 2, "to": 3},
    "reset_gate": STEP,
    "reverse_padded": {"xs": XS, "lengths": LENGTHS},
    "rnn_forward": {"xs": XS, "h0": STATE, "p": RNN},
    "rnn_jacobian": {"h_new": STATE, "p": RNN},
    "rnn_step": {"x": X, "h": STATE, "p": RNN},
    "sequence_loss": {"logits": normal(T, B, C), "targets": rng.integers(0, C, (T, B)), "lengths": LENGTHS},
    "sgd_step": {"p": GRU, "grads": GRU, "lr": 0.1},
    "shift_right": {"targets": rng.integers(0, C, (T, B)), "start": 0},
    "sigmoid": {"a": normal(2, 3)},
    "sample_chord": {"logits": normal(C), "notes": 2, "temperature": 0.5, "rng": rng},
    "sample_frame": {"logits": normal(C), "temperature": 0.5, "rng": rng},
    "skill": {"errors": normal(4, 3), "baseline_errors": normal(4, 3)},
    "standardise": {"series": normal(9), "n_train": 5},
    "windows": {"series": normal(9), "n_in": 3, "horizon": 2},
    "softmax_cross_entropy": {
        "logits": normal(T, B, C),
        "targets": rng.integers(0, C, (T, B)),
        "mask": STATES[..., 0] > 0,
    },
    "split_concatenated": {"W": normal(H, H + I), "H": H, "order": "hx"},
    "streams": {"ids": TEXT, "T": 3, "B": 2},
    "to_concatenated": {"p": GRU._replace(b_hn=np.zeros(H))},
    "to_flax": {"p": GRU},
    "to_keras": {"p": GRU},
    "to_nnx": {"p": GRU._replace(b_hn=np.zeros(H))},
    "to_stacked": {"p": GRU},
    "to_state_dict": {"network": NETWORK},
    "to_torch": {"p": GRU},
    "torch_to_keras": TORCH,
    "transpose": {"roll": np.zeros((T, C)), "semitones": 1},
    "unpack_masked": {"hs": STATES, "mask": MASK, "first": STATE},
    "update_gate": STEP,
    "witten_bell": {"counts": {"": np.array([3, 0, 2]), "a": np.array([1, 0, 1])}, "context": "a"},
    "witten_bell_bits": {"training": TEXT[:30], "test": TEXT[30:], "V": C, "longest": 2},
    "layers.layer_forward": {"kind": "gru", "xs": XS, "p": GRU, "state0": STATE, "lengths": LENGTHS},
    "layers.network_forward": {"kind": "gru", "xs": XS, "network": NETWORK, "lengths": LENGTHS},
    "minimal.mgu_step": {"x": X, "h": STATE, "p": MGU},
    "minimal.min_gru_log_scan": {"xs": XS, "h0": STATE, "p": MIN},
    "minimal.min_gru_scan": {"xs": XS, "h0": STATE, "p": MIN},
    "minimal.min_gru_step": {"x": X, "h": STATE, "p": MIN},
}
# No array goes in, or anything may: sizes and trees have tests of their own.
WITHOUT_ARRAYS = {
    "counted",  # its batch is what `counting` made, its logits are tested in gru_ref/test_tasks.py
    *("adding", "copying", "copying_baseline", "count_gru_parameters", "count_rnn_parameters", "half_life", "init_gru"),
    *(
        "about_recorded",
        "trained_explorer",
        "trained_writer",
        "to_onnx",
        "init_lstm",
        "init_model",
        "init_rnn",
        "leaves",
        "match_budget",
        "orthogonal",
        "recorded",
        "time_constant",
        "tree_map",
        "with_progress",
    ),
    *("beam_search", "greedy_decode"),  # arrays come from their step: test_decoding.py
    *("mel_filters", "read_wav"),  # sizes and a file: test_audio.py
    "marks_of",  # a text: test_marks.py
    *("edit_distance", "error_rate"),  # lists and strings: test_edits.py
    # Texts, files, and lists of arrays: test_espeak.py, test_spoken.py, test_voice_families.py, test_vowels.py, test_warping.py.
    *("draw_spoken", "families_of_voices", "speak", "voices"),
    *("japanese_vowels", "nearest_by_warping", "warping_distances"),
    *("train", "train_step"),
    *("accuracy_interval", "all_sentences", "draw_sentences", "encode_batch", "families", "label_of", "opposite_of"),
    *("read_labelled", "spelled", "split_by_group", "vader_words", "vocabulary"),
    # Text goes in: tests/gru_ref/test_corpus.py, test_language.py, test_ngrams.py and test_trained.py.
    *("characters_of", "count_contexts", "documentation", "load_corpus", "own_documents", "sample"),
    *("init_language_model", "language_step", "trained_language_model"),
    # Words, numbers of words, and files: test_number_words.py, test_pronunciations.py, test_joint_ngrams.py, test_pronouncer.py.
    *("aligned", "base_words", "cmu_words", "draw_numbers", "number_pairs", "number_task"),
    *("pronunciation_answers", "trained_pronouncer"),
    # Notes, scores and files: test_chorales.py, test_music.py, test_performance.py.
    *("bach_chorales", "notes_of", "piano_roll", "read_score", "save_midi", "synthesize", "tunes"),
    # Files, series and sizes: test_series.py, test_baselines.py, test_fans.py and test_forecasting.py.
    *("co2", "el_nino", "fan", "prepare", "read_series", "rolling_origin", "sunspots"),
    "report",  # takes nothing: test_capstone.py
}
# These sizes are free: another one is another right call.
FREE = {
    *(("counting", "ns"), ("ctc_collapse", "path"), ("ctc_log_likelihood", "target"), ("ema", "xs")),
    *(("from_onnx", "W"), ("from_torch", "weight_ih"), ("gradient_norms", "W_ih")),
    *(("frames", "wave"), ("resample", "wave"), ("with_noise", "wave"), ("features_of", "wave")),
    ("holm", "p_values"),
    *(("count_notes", "rolls"), ("sample_chord", "logits"), ("sample_frame", "logits"), ("transpose", "roll")),
    *(("from_nnx", "dense_i"), ("from_stacked", "weight_ih"), ("pack_masked", "xs")),
    *(("length_mask", "lengths"), ("minibatches", "xs"), ("minibatches", "targets"), ("reverse_padded", "xs")),
    *(("rnn_jacobian", "W_ih"), ("softmax_cross_entropy", "logits"), ("split_concatenated", "W")),
    *(("sequence_loss", "logits"), ("shift_right", "targets"), ("torch_to_keras", "weight_ih")),
    ("pool", "hs"),
    *(("gate_lags", "zs"), ("linear_probe", "hs"), ("measured_lags", "left"), ("saturation", "gates")),
    *(("text_windows", "ids"), ("text_lags", "ids")),
    *(("choose_order", "values"), ("climatology", "training"), ("climatology", "places"), ("fit_ar", "values")),
    *(("ar_deviations", "weights"), ("forecast_ar", "weights"), ("forecast_ar", "history"), ("persistence", "history")),
    *(("standardise", "series"), ("windows", "series")),
    *(("bits_by_known", "ids"), ("bits_per_character", "logits"), ("language_bits", "ids"), ("language_chunks", "ids")),
    *(("streams", "ids"), ("witten_bell_bits", "training"), ("witten_bell_bits", "test")),
}
MAY_BE_EMPTY = {("ctc_log_likelihood", "target"), ("ar_deviations", "weights"), ("forecast_ar", "weights")}
ANY_SHAPE = {
    "sigmoid",
    "climatology",
    "numerical_gradient",
    "adam_init",
    "clip_by_global_norm",
}  # they work entry by entry


def function(name):
    module, _, name = name.rpartition(".")
    return getattr({"": gru_ref, "layers": layers, "minimal": minimal}[module], name)


def spoilt(value, name, spoil):
    """Yields the value once for each array in it, with that array spoilt, and the array's own name."""
    if isinstance(value, np.ndarray):
        yield spoil(value), name
    elif isinstance(value, dict):
        for key, part in value.items():
            for bad, inner in spoilt(part, key, spoil):
                yield {**value, key: bad}, inner
    elif isinstance(value, (tuple, list)):
        fields = getattr(value, "_fields", [name] * len(value))
        for k, (field, part) in enumerate(zip(fields, value, strict=True)):
            for bad, inner in spoilt(part, field, spoil):
                parts = [*value[:k], bad, *value[k + 1 :]]
                yield type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts), inner


def with_nan(a):
    a = a.copy()
    a.flat[-1] = np.nan
    return a


def floats(spoil):
    return lambda a: spoil(a) if np.issubdtype(a.dtype, np.floating) else None


WAYS = {
    "rank": lambda a: a[None],
    "empty": lambda a: a[:0],
    "integers": floats(lambda a: np.zeros(a.shape, int)),
    "nan": floats(with_nan),
    "list": lambda a: a.tolist(),
    "size": lambda a: np.concatenate([a, a], axis=-1),
}


def bad_calls(name):
    """Yields (what was spoilt and how, the arguments, what the message may speak of)."""
    for way, spoil in WAYS.items():
        if name in ANY_SHAPE and way in ("rank", "size", "empty"):
            continue
        for argument, value in CALLS[name].items():
            for bad, inner in spoilt(value, argument, spoil):
                right = (name, inner) in {"size": FREE, "empty": MAY_BE_EMPTY}.get(way, ())
                if bad is not None and not _is_none_inside(bad) and not right:
                    # Where two sizes disagree, either array may be the wrong one.
                    named = {argument, inner, *(CALLS[name] if way in ("rank", "size", "empty") else ())}
                    yield f"{inner}: {way}", {**CALLS[name], argument: bad}, named


def _is_none_inside(bad):
    """Whether an array in it could not be spoilt in this way."""
    return isinstance(bad, (tuple, list, dict)) and any(
        b is None or _is_none_inside(b) for b in (bad.values() if isinstance(bad, dict) else bad)
    )


def test_no_public_function_is_forgotten():
    functions = {name for name in gru_ref.__all__ if inspect.isfunction(getattr(gru_ref, name))}
    listed = {name for name in CALLS if "." not in name} | WITHOUT_ARRAYS
    assert functions == listed, (
        "add a correct call to CALLS, or the name of a function without arrays to WITHOUT_ARRAYS"
    )


def tree_map_call(call):
    return {k: tree_map(lambda a: a.copy() if isinstance(a, np.ndarray) else a, v) for k, v in call.items()}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_right_and_every_array_that_is_spoilt_in_it_is_refused_and_named(name):
    function(name)(**tree_map_call(CALLS[name]))
    wrong = []
    for what, call, named in bad_calls(name):
        try:
            function(name)(**call)
            wrong.append(f"{what}: was not refused")
        except ValueError as error:
            if not (re.search(rf"\b({'|'.join(map(re.escape, named))})\b", str(error)) and "should" in str(error)):
                wrong.append(f"{what}: {error}")
        except Exception as error:
            wrong.append(f"{what}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("lengths", "message"), [([5, 0, 3, 2], "holds 0"), ([5, 6, 3, 2], "holds 6"), ([5, 1, 3], "shape")]
)
@pytest.mark.parametrize("name", [n for n, call in CALLS.items() if "lengths" in call and n != "length_mask"])
def test_lengths_of_zero_or_beyond_T_are_named(name, lengths, message):
    with pytest.raises(ValueError, match=f"lengths .*{message}"):
        function(name)(**{**CALLS[name], "lengths": np.array(lengths)})
