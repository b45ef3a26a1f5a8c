"""Reference package of the course: pure mathematics, models, data and figures. Knows nothing of grading or Jupyter."""

from gru_ref.attention import attend
from gru_ref.audio import frames, log_mel, mel_filters, read_wav, resample
from gru_ref.autoregression import AR, ar_deviations, choose_order, fit_ar, forecast_ar
from gru_ref.backward import (
    GRUCache,
    gru_backward,
    gru_forward_with_caches,
    gru_step_backward,
    gru_step_with_cache,
    numerical_gradient,
)
from gru_ref.baselines import climatology, persistence
from gru_ref.capstone import report
from gru_ref.chorales import Chorale, bach_chorales, read_score, tunes
from gru_ref.chords import sample_chord
from gru_ref.comparison import compare, match_budget
from gru_ref.conventions import (
    Concatenated,
    Stacked,
    are_equivalent,
    flip_update_gate,
    from_concatenated,
    from_flax,
    from_keras,
    from_nnx,
    from_onnx,
    from_stacked,
    from_state_dict,
    from_torch,
    merge_biases,
    move_reset,
    pack_masked,
    split_concatenated,
    to_concatenated,
    to_flax,
    to_keras,
    to_nnx,
    to_onnx,
    to_stacked,
    to_state_dict,
    to_torch,
    torch_to_keras,
    unpack_masked,
)
from gru_ref.corpus import Characters, characters_of, documentation, load_corpus, own_documents
from gru_ref.ctc import ctc_collapse, ctc_log_likelihood, ctc_log_likelihoods
from gru_ref.decoding import beam_search, greedy_decode, sequence_loss, shift_right
from gru_ref.edits import edit_distance, error_rate
from gru_ref.espeak import Request, speak, voices
from gru_ref.fans import Fan, fan
from gru_ref.forecasting import coverage, quantile_loss, rolling_origin, skill, standardise, windows
from gru_ref.gates import blend, candidate, gate, reset_gate, sigmoid, update_gate
from gru_ref.grammar import all_sentences, draw_sentences, label_of, opposite_of
from gru_ref.gru import count_gru_parameters, gru_forward, gru_step, gru_step_reset_before
from gru_ref.init import chrono_init, init_gru, init_lstm, init_rnn, orthogonal, orthogonal_init
from gru_ref.intervals import accuracy_interval
from gru_ref.jacobian import gradient_profile, gru_jacobian, gru_jacobian_reset_before, lstm_jacobian
from gru_ref.joint_ngrams import JointNgrams, aligned
from gru_ref.labelled import Labelled, read_labelled
from gru_ref.language import bits_per_character, sample, streams
from gru_ref.language_model import (
    Chunk,
    LanguageModel,
    bits_by_known,
    init_language_model,
    language_bits,
    language_chunks,
    language_forward,
    language_loss_and_grads,
    language_step,
)
from gru_ref.lexicon import RatedWords, vader_words
from gru_ref.losses import mean_squared_error, softmax_cross_entropy
from gru_ref.lstm import lstm_forward, lstm_step
from gru_ref.memory import ema, half_life, time_constant
from gru_ref.model import Batch, Model, init_model, model_forward, model_loss, model_loss_and_grads
from gru_ref.music import frame_nll, piano_roll, sample_frame, transpose
from gru_ref.ngrams import count_contexts, witten_bell, witten_bell_bits
from gru_ref.note_markov import NoteMarkov, count_notes
from gru_ref.number_words import NumberTask, Pairs, draw_numbers, number_pairs, number_task
from gru_ref.optim import adam_init, adam_step, clip_by_global_norm, sgd_step
from gru_ref.padding import length_mask, reverse_padded
from gru_ref.paired import compare_examples, holm, mcnemar
from gru_ref.params import GRUParams, LSTMParams, RNNParams
from gru_ref.performance import notes_of, save_midi, synthesize
from gru_ref.pooling import pool
from gru_ref.preparing import Prepared, prepare
from gru_ref.progress import with_progress
from gru_ref.pronouncer import pronunciation_answers, trained_pronouncer
from gru_ref.pronunciations import Pronunciations, base_words, cmu_words
from gru_ref.recordings import about_recorded, recorded
from gru_ref.rnn import count_rnn_parameters, gradient_norms, rnn_forward, rnn_jacobian, rnn_step
from gru_ref.sequences import bidirectional, readout
from gru_ref.series import Series, co2, el_nino, read_series, sunspots
from gru_ref.splits import families, split_by_group
from gru_ref.spoken import draw_spoken, features_of, with_noise
from gru_ref.tasks import ADDING_BASELINE, adding, copying, copying_baseline, counted, counting
from gru_ref.text import Writer, trained_explorer, trained_writer
from gru_ref.tokens import Tokens
from gru_ref.trained import trained_language_model
from gru_ref.training import History, minibatches, train, train_step
from gru_ref.trees import leaves, tree_map
from gru_ref.voice_families import families_of_voices
from gru_ref.vowels import japanese_vowels
from gru_ref.warping import nearest_by_warping, warping_distances
from gru_ref.words import encode_batch, spelled, vocabulary

__all__ = [
    "ADDING_BASELINE",
    "AR",
    "Batch",
    "Characters",
    "Chorale",
    "Chunk",
    "Concatenated",
    "Fan",
    "GRUCache",
    "GRUParams",
    "History",
    "JointNgrams",
    "LSTMParams",
    "Labelled",
    "LanguageModel",
    "Model",
    "NoteMarkov",
    "NumberTask",
    "Pairs",
    "Prepared",
    "Pronunciations",
    "RNNParams",
    "RatedWords",
    "Request",
    "Series",
    "Stacked",
    "Tokens",
    "Writer",
    "about_recorded",
    "accuracy_interval",
    "adam_init",
    "adam_step",
    "adding",
    "aligned",
    "all_sentences",
    "ar_deviations",
    "are_equivalent",
    "attend",
    "bach_chorales",
    "base_words",
    "beam_search",
    "bidirectional",
    "bits_by_known",
    "bits_per_character",
    "blend",
    "candidate",
    "characters_of",
    "choose_order",
    "chrono_init",
    "climatology",
    "clip_by_global_norm",
    "cmu_words",
    "co2",
    "compare",
    "compare_examples",
    "copying",
    "copying_baseline",
    "count_contexts",
    "count_gru_parameters",
    "count_notes",
    "count_rnn_parameters",
    "counted",
    "counting",
    "coverage",
    "ctc_collapse",
    "ctc_log_likelihood",
    "ctc_log_likelihoods",
    "documentation",
    "draw_numbers",
    "draw_sentences",
    "draw_spoken",
    "edit_distance",
    "el_nino",
    "ema",
    "encode_batch",
    "error_rate",
    "families",
    "families_of_voices",
    "fan",
    "features_of",
    "fit_ar",
    "flip_update_gate",
    "forecast_ar",
    "frame_nll",
    "frames",
    "from_concatenated",
    "from_flax",
    "from_keras",
    "from_nnx",
    "from_onnx",
    "from_stacked",
    "from_state_dict",
    "from_torch",
    "gate",
    "gradient_norms",
    "gradient_profile",
    "greedy_decode",
    "gru_backward",
    "gru_forward",
    "gru_forward_with_caches",
    "gru_jacobian",
    "gru_jacobian_reset_before",
    "gru_step",
    "gru_step_backward",
    "gru_step_reset_before",
    "gru_step_with_cache",
    "half_life",
    "holm",
    "init_gru",
    "init_language_model",
    "init_lstm",
    "init_model",
    "init_rnn",
    "japanese_vowels",
    "label_of",
    "language_bits",
    "language_chunks",
    "language_forward",
    "language_loss_and_grads",
    "language_step",
    "leaves",
    "length_mask",
    "load_corpus",
    "log_mel",
    "lstm_forward",
    "lstm_jacobian",
    "lstm_step",
    "match_budget",
    "mcnemar",
    "mean_squared_error",
    "mel_filters",
    "merge_biases",
    "minibatches",
    "model_forward",
    "model_loss",
    "model_loss_and_grads",
    "move_reset",
    "nearest_by_warping",
    "notes_of",
    "number_pairs",
    "number_task",
    "numerical_gradient",
    "opposite_of",
    "orthogonal",
    "orthogonal_init",
    "own_documents",
    "pack_masked",
    "persistence",
    "piano_roll",
    "pool",
    "prepare",
    "pronunciation_answers",
    "quantile_loss",
    "read_labelled",
    "read_score",
    "read_series",
    "read_wav",
    "readout",
    "recorded",
    "report",
    "resample",
    "reset_gate",
    "reverse_padded",
    "rnn_forward",
    "rnn_jacobian",
    "rnn_step",
    "rolling_origin",
    "sample",
    "sample_chord",
    "sample_frame",
    "save_midi",
    "sequence_loss",
    "sgd_step",
    "shift_right",
    "sigmoid",
    "skill",
    "softmax_cross_entropy",
    "speak",
    "spelled",
    "split_by_group",
    "split_concatenated",
    "standardise",
    "streams",
    "sunspots",
    "synthesize",
    "time_constant",
    "to_concatenated",
    "to_flax",
    "to_keras",
    "to_nnx",
    "to_onnx",
    "to_stacked",
    "to_state_dict",
    "to_torch",
    "torch_to_keras",
    "train",
    "train_step",
    "trained_explorer",
    "trained_language_model",
    "trained_pronouncer",
    "trained_writer",
    "transpose",
    "tree_map",
    "tunes",
    "unpack_masked",
    "update_gate",
    "vader_words",
    "vocabulary",
    "voices",
    "warping_distances",
    "windows",
    "with_noise",
    "with_progress",
    "witten_bell",
    "witten_bell_bits",
]

# These need torch, which takes a second or two to import: they are loaded at their first use.
_BY_TORCH = {"GRUCell", "GRULayer", "SequenceClassifier", "collate", "fit"}


def __getattr__(name):
    if name in _BY_TORCH:
        from gru_ref import torch_models

        return getattr(torch_models, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_BY_TORCH})
