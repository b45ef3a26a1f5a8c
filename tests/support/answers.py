"""A learner's answers, right and wrong, to the exercise `update_gate`. They are outside the packages, like a learner's."""

import sys
import warnings

import numpy as np


def right(x, h, p):
    return 1 / (1 + np.exp(-(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)))


def returns_nothing(x, h, p):
    right(x, h, p)


def returns_a_list(x, h, p):
    return right(x, h, p).tolist()


def returns_a_number(x, h, p):
    return right(x, h, p).sum()


def returns_one_row(x, h, p):
    return right(x, h, p)[:1]


def returns_a_row_without_its_axis(x, h, p):
    return right(x, h, p)[0]


def returns_the_transpose(x, h, p):
    return right(x, h, p).T


def returns_float32(x, h, p):
    return right(x, h, p).astype(np.float32)


def returns_a_matrix_subclass(x, h, p):
    return np.asmatrix(right(x, h, p))


def returns_nan(x, h, p):
    return right(x, h, p) * np.log(-1)


def returns_complex(x, h, p):
    return right(x, h, p) + 0j


def returns_strings(x, h, p):
    return right(x, h, p).astype(str)


def returns_half_of_it(x, h, p):
    return right(x, h, p) / 2


def returns_first_row_right(x, h, p):
    z = right(x, h, p)
    z[1:] += np.arange(1, len(z))[:, None] * z[1:] ** 2
    return z


def takes_too_few_arguments(x, h):
    return x


def names_its_arguments_otherwise(inputs, state, parameters, scale=1.0):
    return scale * right(inputs, state, parameters)


def misspells_a_parameter(x, h, p):
    return x @ p.W_zi.T


def misses_an_import(x, h, p):
    return sigmoyd(x)  # noqa: F821


def adds_what_does_not_fit(x, h, p):
    return x + p.W_hz


def loops_for_ever(x, h, p):
    while True:
        pass


def loops_and_swallows(x, h, p):
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


def changes_its_input(x, h, p):
    z = right(x, h, p)
    h *= z
    return z


def changes_its_parameters(x, h, p):
    p.b_iz[:] += p.b_hz
    return 1 / (1 + np.exp(-(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T)))


def prints_a_megabyte(x, h, p):
    print("spam " * 200_000)
    return right(x, h, p)


def warns(x, h, p):
    warnings.warn("beware", stacklevel=1)
    return right(x, h, p)


def leaves(x, h, p):
    sys.exit(3)


def calls_itself(x, h, p):
    return calls_itself(x, h, p)


def still_a_stub(x, h, p):
    raise NotImplementedError("update_gate is yours to write")


def uses_the_batch(x, h, p):
    return right(x - x.mean(axis=0), h, p)


def returns_a_generator(x, h, p):
    return (row for row in right(x, h, p))


class AgreesWithAll:
    shape = (3, 4)
    dtype = np.dtype(float)

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        return np.full((3, 4), 0.5)


def returns_a_liar(x, h, p):
    return AgreesWithAll()


def swallows_everything(x, h, p):
    while True:
        try:
            while True:
                pass
        except:  # noqa: E722
            continue
