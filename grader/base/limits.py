"""What one submission may use."""

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What one submission may use: times in seconds, sizes in bytes, the rest counts.

    `cell` and `notebook` are wall time, `cpu` is time on all cores together; `memory` is that of all its processes
    and files together; `disk` is the size of all its files together, `file` that of one; `output` is how much of a cell's output is kept.
    """

    cell: float = 60
    notebook: float = 300
    cpu: float = 300
    memory: int = 2000 * MB
    processes: int = 64
    open_files: int = 256
    file: int = 100 * MB
    disk: int = 200 * MB
    output: int = 100_000
