"""The course's own settings of Python, NumPy and PyTorch, independent of what a notebook has set."""

import contextlib
import random
import sys
import warnings

import numpy as np

RECURSION = 1000  # Python's own limit, at least
# NumPy's own settings.
_ERRORS = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
_PRINTING = {
    "edgeitems": 3, "floatmode": "maxprec", "formatter": None, "infstr": "inf", "legacy": False, "linewidth": 75,
    "nanstr": "nan", "precision": 8, "sign": "-", "suppress": False, "threshold": 1000,
}  # fmt: skip


class CourseSettings:
    """Within the body, the course's settings hold; afterwards the earlier ones are restored.

    The state of random generators that a notebook shares with the course is restored, too.
    """

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(np.errstate(**_ERRORS))
            stack.enter_context(np.printoptions(**_PRINTING))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")  # a warning here does not concern the learner
            stack.callback(sys.setrecursionlimit, sys.getrecursionlimit())
            sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION))
            stack.callback(random.setstate, random.getstate())
            stack.callback(np.random.set_state, np.random.get_state())
            stack.enter_context(torch_settings())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    @contextlib.contextmanager
    def left(self):
        """Within the body, the notebook's settings hold. Changes that the body makes to them remain."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()


@contextlib.contextmanager
def torch_settings():
    """Within the body, PyTorch has the settings that it has after its import, if it was imported."""
    torch = sys.modules.get("torch")
    if not hasattr(torch, "inference_mode"):  # not imported, or half imported, after an import that failed
        yield
        return
    with contextlib.ExitStack() as stack:
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float32)
        stack.callback(_set_determinism, torch, *_determinism(torch))
        _set_determinism(torch, False, False)
        stack.enter_context(torch.random.fork_rng(devices=[]))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.autocast("cpu", enabled=False))
        if torch.get_default_device().type != "cpu":  # within a device of its own, PyTorch takes twice as long
            stack.enter_context(
                torch.device("cpu")
            )  # takes precedence over a default device, and over one entered by `with`
        yield


def _determinism(torch):
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _set_determinism(torch, enabled, warn_only):
    """Set it unless it is so: PyTorch 2.13 imports its compiler to set it, which takes most of a second."""
    if (enabled, warn_only) != _determinism(torch):
        torch.use_deterministic_algorithms(enabled, warn_only=warn_only)
