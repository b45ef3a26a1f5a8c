"""Mistakes told as changes to a right answer: what differs is all that is written."""

import numpy as np

import gru_ref


class Rewritten:
    """Wrong answers to an exercise, each of which is a right one with a line or two written otherwise.

    Used as a decorator on a function without arguments that returns the changes, pairs (old text, new text); its name
    and docstring are the mistake's. `recognised_by` is its `when`.
    """

    def __init__(self, exercise, source):
        self.exercise, self.source, self.changes, self.made = exercise, source, {}, {}

    def __call__(self, describe, when=None):
        key = describe.__name__
        self.changes[key] = describe()
        fn = self.with_all([key])
        fn.__name__, fn.__doc__ = key, describe.__doc__
        self.exercise.mistake(when=when)(fn)
        return fn

    def recognised_by(self, when):
        return lambda describe: self(describe, when)

    def with_all(self, keys):
        """The answer that makes the mistakes `keys` at once."""
        source = self.source
        for old, new in [change for key in keys for change in self.changes[key]]:
            if source.count(old) != 1:
                raise ValueError(f"{old!r} stands {source.count(old)} times in the answer to {self.exercise.name}")
            source = source.replace(old, new)
        namespace = {"np": np, "gru_ref": gru_ref}
        exec(source, namespace)
        fn = namespace[self.exercise.name]
        fn.__source__ = source
        return fn

    def slips(self, *groups, but=()):
        """Declare which mistakes can be made two at once; the arguments are those of `Exercise.slips`."""
        keys = [key for group in groups for key in group]

        def several(slip, *args):
            made = tuple(key for key in keys if slip(key))
            if made not in self.made:
                self.made[made] = self.with_all(made)
            return self.made[made](*args)

        self.exercise.slips(*groups, but=but)(several)
