"""See what a cell of the course's own does to the notebook's names and to what all code shares: in a rehearsal alone."""

import builtins
import hashlib
import os
import pickle
import random
import re
import sys
import threading
import types
import warnings

import numpy as np

SETTINGS = "settings"
MOST_BYTES, MOST_OBJECTS = 20_000_000, 300  # of a value that is compared: comparing more takes too long
_OF_IPYTHON = re.compile(r"_(i*|i?\d+)$")  # earlier inputs and outputs
_PLAIN = (type(None), bool, int, float, complex, str, bytes, range, np.generic, types.ModuleType)
_CODE = (type, types.FunctionType, types.BuiltinFunctionType, np.ufunc)
# Modules in which nothing may be replaced without being seen.
_WATCHED = ("builtins", "math", "numpy", "numpy.random", "random", "warnings")


class Observer:
    """Compares the names of a notebook, and what all code shares, with what they were when it last looked.

    Parameters
    ----------
    namespace : dict of the notebook's names; those that are in it now are not looked at
    generators : names for the random generators of NumPy, Python and PyTorch, see grader.notebook.names
    """

    def __init__(self, namespace, generators):
        self._namespace, self._before = namespace, frozenset(namespace)
        self._generators = generators
        self._names, self._shared = self._of_names(), self._of_shared()

    def look(self):
        """What has changed since the last time.

        Returns
        -------
        seen : dict: "changed" lists the names whose values are others now, and what is shared and is other now; "unsure" the
            names whose values cannot be compared, "mutable" those whose values can be changed in place
        """
        names, shared = self._of_names(), self._of_shared()
        changed = [name for name in names.keys() | self._names.keys() if names.get(name) != self._names.get(name)]
        changed += [part for part in shared if shared[part] != self._shared[part] or shared[part] is None]
        self._names, self._shared = names, shared
        return {
            "changed": sorted(changed),
            "unsure": sorted(name for name, digest in names.items() if digest is None),
            "mutable": sorted(name for name in names if not _is_fixed(self._namespace[name])),
        }

    def _of_names(self):
        items = self._namespace.items()
        return {
            name: _digest(value) for name, value in items if name not in self._before and not _OF_IPYTHON.match(name)
        }

    def _of_shared(self):
        of_numpy, of_python, of_torch = self._generators
        torch = sys.modules.get("torch")
        return {
            of_numpy: _hash(np.random.get_state()),
            of_python: _hash(random.getstate()),
            of_torch: bytes(torch.get_rng_state().numpy()) if torch else b"",
            SETTINGS: _hash(_settings(torch)),
        }


def _digest(value):
    """Something that changes when the value does; None if there is nothing like that."""
    if isinstance(value, (*_CODE, types.ModuleType)):
        return None if getattr(value, "__closure__", None) else id(value)
    if type(value).__module__.partition(".")[0] == "matplotlib":
        return None
    return _hash(value)


def _hash(value):
    sink = _Sink()
    try:
        _Pickler(sink, 5).dump(value)
    except Exception:  # an iterator, say, or too much
        return None
    return sink.hash.digest()


class _Sink:
    """A file that keeps nothing but the hash of what is written to it."""

    def __init__(self):
        self.hash, self._room = hashlib.blake2b(digest_size=16), MOST_BYTES

    def write(self, data):
        self._room -= len(data)
        if self._room < 0:
            raise ValueError("too large")
        self.hash.update(data)


class _Pickler(pickle.Pickler):
    _objects = 0

    def reducer_override(self, value):
        self._objects += 1
        if self._objects > MOST_OBJECTS:
            raise ValueError("too many objects")
        return NotImplemented


def _is_fixed(value):
    if isinstance(value, tuple):
        return all(map(_is_fixed, value))
    return isinstance(value, (*_PLAIN, *_CODE))


def _settings(torch):
    import matplotlib.pyplot as plt

    modules = {name: sys.modules[name] for name in sys.modules if name in _WATCHED or name.startswith("gru_ref")}
    patched = {
        name: sorted((key, id(value)) for key, value in vars(module).items()) for name, module in modules.items()
    }
    files = [
        (folder, names, [os.stat(os.path.join(folder, n)).st_mtime_ns for n in names])
        for folder, _, names in os.walk(".")
    ]
    found = [
        np.geterr(), str(np.get_printoptions()), str(warnings.filters), dict(os.environ), os.getcwd(), files, sys.path,
        sorted(map(str, plt.rcParams.items())), plt.get_fignums(), threading.active_count(), patched, id(sys.stdout),
        id(sys.stderr), id(builtins.print), sys.getrecursionlimit(),
    ]  # fmt: skip
    if torch:
        found += [str(torch.get_default_dtype()), torch.get_num_threads(), torch.is_grad_enabled()]
        found += [torch.are_deterministic_algorithms_enabled()]
    return found
