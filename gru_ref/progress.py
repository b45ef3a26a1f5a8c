"""A progress line for long runs. In a notebook and in a terminal it is kept up to date; elsewhere it is silent.

Introduced in lesson 10.
"""

import sys
import time

TAUGHT_IN = {"*": None}  # a progress line

WIDTH, SECONDS_BETWEEN = 24, 0.2


def with_progress(items, label=""):
    """Iterate over a sequence with a progress line, for a cell that trains many models one after the other.

    Parameters
    ----------
    items : sequence, or any other finite iterable
    label : str, at the beginning of the line

    Returns
    -------
    items : iterator over the same items. ``[train(seed) for seed in with_progress(range(6), "six runs")]``
    """
    items = list(items)
    bar = Progress(len(items), label, unit="runs")
    for done, item in enumerate(items):
        bar.update(done)
        yield item
    bar.close(len(items))


class Progress:
    """Shows ``label ▰▰▰▱▱ 300 of 600 steps · loss 0.0123 · 3 s``, and at the end a line without the bar.

    Parameters
    ----------
    steps : int, of the whole run
    label : str
    show : bool, False for silence
    unit : str, what is counted
    """

    def __init__(self, steps, label="", show=True, unit="steps"):
        self.steps, self.label, self.unit = steps, label, unit
        self.write = _writer() if show else None
        self.started = time.perf_counter()
        self.shown = -SECONDS_BETWEEN

    @property
    def seconds(self):
        return time.perf_counter() - self.started

    def update(self, step, loss=None):
        """Report that `step` steps are done; it may be called at any rate, and writes five times a second."""
        if self.write and self.seconds - self.shown >= SECONDS_BETWEEN:
            self.shown = self.seconds
            full = WIDTH * step // max(self.steps, 1)
            self.write(f"{self._named('▰' * full + '▱' * (WIDTH - full))} {step} of {self._rest(loss)}", False)

    def close(self, step, loss=None):
        """Write the last line."""
        if self.write:
            counted = f"{step} of " if step < self.steps else ""
            self.write(self._named(counted + self._rest(loss)), True)

    def _named(self, text):
        return f"{self.label} {text}" if self.label else text

    def _rest(self, loss):
        said = "" if loss is None else f" · loss {loss:.4g}"
        return f"{self.steps} {self.unit}{said} · {self.seconds:.0f} s"


class Watched:
    """Batches with a progress line, for a training that iterates over all of them several times.

    Parameters
    ----------
    batches : a sized object that can be iterated over repeatedly, such as a DataLoader
    times : int, how often it will be iterated over
    label : str
    """

    def __init__(self, batches, times, label=""):
        self.batches, self.done = batches, 0
        self.progress = Progress(times * len(batches), label, unit="batches")

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for batch in self.batches:
            yield batch
            self.done += 1
            self.progress.update(self.done)
        if self.done >= self.progress.steps:
            self.progress.close(self.done)


def _writer():
    """``write(text, last)`` for a notebook or terminal, or None if nobody watches."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if hasattr(shell, "kernel"):
        handle = ipython.display.DisplayHandle()
        shown = []

        def into_the_notebook(text, last):
            show = handle.update if shown else handle.display
            shown.append(True)
            show({"text/plain": text}, raw=True)

        return into_the_notebook
    if sys.stdout.isatty():
        return lambda text, last: print(f"\r{text}\x1b[K", end="\n" if last else "", flush=True)
    return None
