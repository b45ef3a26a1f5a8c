"""How the benchmarks measure, and where they print."""

import ctypes
import hashlib
import statistics
import time
from pathlib import Path

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


def text_digest(*parts):
    """The SHA-256 of texts, each a str or a list of str: two records with the same one were made of the same texts."""
    whole = "\0".join("\n".join([part] if isinstance(part, str) else part) for part in parts)
    return hashlib.sha256(whole.encode()).hexdigest()


def openblas_core():
    """The kind of processor for which the loaded OpenBLAS runs its code; None if none is loaded, or it does not say."""
    maps = Path("/proc/self/maps")
    loaded = {line.split()[-1] for line in maps.read_text().splitlines() if "openblas" in line} if maps.exists() else ()
    for library in map(ctypes.CDLL, sorted(loaded)):
        for name in ("scipy_openblas_get_corename64_", "scipy_openblas_get_corename", "openblas_get_corename"):
            if hasattr(library, name):
                corename = getattr(library, name)
                corename.restype = ctypes.c_char_p
                return corename().decode()
    return None
