"""Modules that are slow to import, imported when they are first needed: so tests begin at once that need none of them.

While tests are collected, ``import torch`` at the top of a test module costs nothing: it is imported before the first
test of that module. ``from torch import nn`` takes something out of torch, and so imports it at once: say ``torch.nn`` in
the test instead.
"""

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType

SLOW = {
    "dask", "distributed", "experiments", "grader.classroom.class_plots", "gru_ref.encoder_decoder", "gru_ref.forecasters", "gru_ref.music_models", "gru_ref.opened", "gru_ref.plotting", "gru_ref.speech_models", "gru_ref.text_models", "gru_ref.torch_models",
    "jupytext", "matplotlib", "matplotlib.figure", "matplotlib.pyplot", "scipy.io", "scipy.signal", "scipy.stats", "sentiment",
    "sklearn", "sklearn.feature_extraction", "sklearn.linear_model", "sklearn.metrics", "sklearn.model_selection", "sklearn.preprocessing", "tests.support.cells", "torch", "writer",
}  # fmt: skip

begun = []  # names of those whose code has run, or is running


class Later(ModuleType):
    """A module whose code runs when something is looked for in it that it does not have yet."""

    def __getattr__(self, name):
        if name == "_mock_name" or (name[:2] == "__" and name not in ("__version__", "__all__")):
            raise AttributeError(name)  # the import system and pytest look for such things everywhere
        if f"{self.__name__}.{name}" in SLOW:
            raise AttributeError(name)  # so ``from sklearn import metrics`` imports it, and is put off, too
        begin(self)
        return getattr(self, name)

    def __dir__(self):
        begin(self)
        return dir(self)


def begin(module):
    """Run the code of a module that was put off."""
    later = module.__loader__
    module.__class__ = ModuleType
    module.__spec__.loader = module.__loader__ = later.loader
    begun.append(module.__name__)
    try:
        later.loader.exec_module(module)
    except BaseException:  # the next use of it says so again, and not that something is missing in it
        module.__class__, module.__spec__.loader, module.__loader__ = Later, later, later
        raise


class _Loader(importlib.abc.Loader):
    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__class__ = Later


class _Imported(importlib.abc.Loader):
    """Gives a module that has been imported, as it is, and takes its own place in the spec away again."""

    def __init__(self, module):
        self.module, self.loader = module, module.__spec__.loader

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        module.__spec__.loader = self.loader


class Finder(importlib.abc.MetaPathFinder):
    """Puts the modules in SLOW off, and ends that for one of which another module is imported."""

    def find_spec(self, name, path=None, target=None):
        if name not in SLOW:
            parent = sys.modules.get(name.rpartition(".")[0])
            if isinstance(parent, Later):
                begin(parent)
                if name in sys.modules:  # the parent has imported it, and importlib would run its code once more
                    spec = sys.modules[name].__spec__
                    spec.loader = _Imported(sys.modules[name])
                    return spec
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None:
            spec.loader = _Loader(spec.loader)
        return spec
