"""The resources that a submission uses, over all its processes and files."""

import os
import re

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
MB = 1_000_000
SOCKET = 425_984  # bytes that can wait in one, by Linux's default


class Watch:
    """Examines, on request, all descendants of process `keeper`.

    Parameters
    ----------
    keeper : int
    limits : dict with "cpu" (seconds), "memory" (bytes) and "processes" (threads count)
    proc : open folder /proc, or None if there is none: then nothing is seen
    disk : open folder of a tmpfs whose files count as memory, or None

    Attributes
    ----------
    ignored : int, a process that is not the submission's, or None
    cpu : float, seconds on all cores so far, including ended processes
    peak : int, bytes; an upper bound, since shared memory counts for each process while there is plenty
    """

    def __init__(self, keeper, limits, proc, disk):
        self.keeper, self.limits, self.proc, self.disk = keeper, limits, proc, disk
        self.ignored = None
        self.cpu = 0.0
        self.peak = 0
        self._lost = 0.0

    def look(self):
        """Count again; returns (reason, text) if more is used than the limits allow, else None."""
        if self.proc is None:
            return None
        processes = self.processes()
        self._count_cpu(processes)
        memory, threads = self._memory(processes), sum(p.threads for p in processes)
        self.peak = max(self.peak, memory)
        if memory > self.limits["memory"]:
            allowed = self.limits["memory"] // MB
            return "memory", f"its processes and files took {memory // MB} MB together; {allowed} MB are allowed"
        if threads > self.limits["processes"]:
            return "processes", f"it had {threads} processes and threads; {self.limits['processes']} are allowed"
        if self.cpu > self.limits["cpu"]:
            return "cpu", out_of_cpu(self.limits)
        return None

    def processes(self):
        """All visible processes of the submission."""
        if self.proc is None:
            return []
        return [p for p in family(self.keeper, self.proc)[1:] if p.pid != self.ignored]

    def _count_cpu(self, processes):
        # Each process's times include those of its ended children, unless it ignores their signal.
        now = sum(p.cpu for p in processes) + self._lost
        if now < self.cpu:
            self._lost += self.cpu - now
        self.cpu = max(now, self.cpu)

    def _memory(self, processes):
        kept = self._files() + self._sockets() * SOCKET
        bound = kept + sum(p.resident + p.tables for p in processes)
        if bound <= self.limits["memory"]:
            return bound
        # The slow part: shared memory, counted once.
        return kept + sum(self._own_memory(p) + p.tables for p in processes)

    def _files(self):
        if self.disk is None:
            return 0
        room = os.fstatvfs(self.disk)
        return (room.f_blocks - room.f_bfree) * room.f_frsize

    def _sockets(self):
        """How many there are in the network namespace that this process shares with the submission; 0 without walls."""
        if self.disk is None:
            return 0
        return int(re.search(r"^sockets: used (\d+)", _read(self.proc, "self/net/sockstat"))[1])

    def _own_memory(self, process):
        try:
            told = _read(self.proc, f"{process.pid}/smaps_rollup")
        except PermissionError:  # it hides
            return process.resident
        except OSError:  # it ended since it was listed: what it shared is counted where it still is
            return 0
        found = re.search(r"^Pss_Anon: +(\d+) kB", told, re.M)
        return int(found[1]) * 1024 if found else process.resident


class Process:
    """One line of /proc/PID/stat: pid, parent, threads, cpu (seconds), resident memory and at most its tables (bytes)."""

    def __init__(self, line):
        self.pid = int(line.split(" ", 1)[0])
        fields = line.rpartition(")")[2].split()  # a name may hold anything, even brackets
        self.parent = int(fields[1])
        self.cpu = sum(map(int, fields[11:15])) / TICK
        self.threads = int(fields[17])
        self.tables = int(fields[20]) // 512  # an entry of 8 bytes for each page of 4096
        self.resident = int(fields[21]) * PAGE


def family(first, proc):
    """Process `first` and all its descendants, from an open folder /proc."""
    table = {}
    for name in os.listdir(proc):
        if name.isdigit():
            try:
                process = Process(_read(proc, f"{name}/stat"))
            except OSError:  # it ended just now
                continue
            table.setdefault(process.parent, []).append(process)
            if process.pid == first:
                table.setdefault(None, []).append(process)
    found = table.get(None, [])
    for process in found:
        found += table.get(process.pid, [])
    return found


def out_of_cpu(limits):
    """The message about a submission that computed for too long."""
    return f"it used up the {limits['cpu']:g} seconds of processor time that are allowed"


def _read(proc, path):
    with open(path, opener=lambda p, flags: os.open(p, flags, dir_fd=proc), errors="replace") as file:
        return file.read()
