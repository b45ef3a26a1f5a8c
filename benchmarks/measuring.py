"""How the benchmarks measure, and where they print."""

import statistics
import time

from rich.console import Console

console = Console()


def seconds(work):
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work, runs):
    """Median wall time of several calls, in seconds."""
    return statistics.median(seconds(work) for _ in range(runs))
