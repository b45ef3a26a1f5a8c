"""Compare reading Bach's chorales, for lesson 17, with music21's own parser, on the same files."""

import gc
import time

from measuring import console, seconds

from gru_ref.chorales import bach_chorales, bach_folder

RUNS = 3


def music():
    """All chorales as notes, by the course and by music21 in one run, which must be ten times as slow; both with one thread."""
    from music21 import converter  # late: it takes a second to import

    names = [chorale.name for chorale in bach_chorales()]
    ours = []
    for _ in range(RUNS):
        gc.collect()
        ours.append(seconds(bach_chorales))
    converter.parse(bach_folder() / f"{names[0]}.mxl", forceSource=True)  # whose first parse is slower
    start = time.perf_counter()
    for name in names:
        converter.parse(bach_folder() / f"{name}.mxl", forceSource=True)
    theirs = time.perf_counter() - start
    console.print(
        f"lesson 17: {len(names)} chorales are read in {min(ours):.2f} to {max(ours):.2f} s, by music21 in {theirs:.1f} s, "
        f"ratio {max(ours) / theirs:.3f} (at most 0.1)\n"
    )


PARTS = {"music": music}
