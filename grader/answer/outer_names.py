"""Which names a function takes from the notebook around it instead of from its arguments."""

import dis
import functools
import types

import numpy as np

from grader.base.tensors import is_tensor

MOST = 8


def taken_from_outside(fn):
    """Names of integers, arrays and parameters that a function, or a helper it calls, reads from the code around it.

    Constants do not count: other numbers, and names in capitals such as ``STEPS``, except single letters, which are sizes.

    Parameters
    ----------
    fn : the learner's function; for a class, or anything else, the result is empty

    Returns
    -------
    names : tuple of str, in the order in which they are read
    """
    return _names(fn, _belongs_to_a_call)


def data_from_outside(fn):
    """Names of all data that a function, or a helper it calls, reads from the code around it, constants included.

    Modules, functions and classes are no data. Otherwise like `taken_from_outside`.
    """
    return _names(fn, lambda name, value: not callable(value))


def _names(fn, counts):
    return tuple(dict.fromkeys(_read(fn, counts, set())))[:MOST] if isinstance(fn, types.FunctionType) else ()


def _read(fn, counts, seen):
    seen.add(fn)
    for name in _globals_of(fn.__code__):
        value = fn.__globals__.get(name)
        if value is None or isinstance(value, types.ModuleType):  # a builtin, or a library: most names are
            continue
        if isinstance(value, types.FunctionType):
            if value not in seen and value.__globals__ is fn.__globals__:
                yield from _read(value, counts, seen)
        elif counts(name, value):
            yield name


@functools.cache  # known mistakes are called often, and reading their bytecode takes longer than the call
def _globals_of(code):
    found = [i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"]
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]  # comprehensions, helpers
    return (*found, *(name for within in inner for name in _globals_of(within)))


def _belongs_to_a_call(name, value):
    if (name.isupper() and len(name) > 1) or name.startswith("_"):
        return False
    if isinstance(value, (int, np.integer)):
        return not isinstance(value, bool)
    return isinstance(value, np.ndarray) or is_tensor(value) or (hasattr(value, "_fields") and isinstance(value, tuple))
