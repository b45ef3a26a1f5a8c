"""Compare reading Bach's chorales, for lesson 17, with music21's own parser, on the same files."""

import statistics
import time

from measuring import console

from gru_ref.chorales import bach_chorales, bach_folder

RUNS = 5


def music():
    """All chorales as notes, by the course and by music21, in one run. Processor time, which other programs hardly change."""
    from music21 import converter  # late: it takes a second to import

    names = [chorale.name for chorale in bach_chorales()]
    ours = statistics.median(processor_seconds(bach_chorales) for _ in range(RUNS))
    converter.parse(bach_folder() / f"{names[0]}.mxl", forceSource=True)  # whose first parse is slower
    theirs = processor_seconds(
        lambda: [converter.parse(bach_folder() / f"{name}.mxl", forceSource=True) for name in names]
    )
    console.print(
        f"lesson 17: {len(names)} chorales are read in {ours:.2f} s, by music21 in {theirs:.1f} s, ratio {ours / theirs:.3f} "
        "(at most 0.1)\n"
    )


def processor_seconds(work):
    """Processor time of one call, without what it returns being freed."""
    start = time.process_time()
    kept = work()
    taken = time.process_time() - start
    del kept
    return taken


PARTS = {"music": music}
