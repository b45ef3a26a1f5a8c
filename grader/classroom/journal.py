"""What was done so far: one line of JSON for each step, appended and synced, so that a kill costs at most one step."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType

# Fields that a line must have, and fields that must have this type if present. `grading.gradings` knows what a grading's
# line must have. Other lines are half written or foreign, and are skipped.
_PLACE = {"student": str, "lesson": str}
_NEEDED = {
    "received": {**_PLACE, "submitted": (str, NoneType), "time_from": str},
    "seen": {**_PLACE, "fingerprint": str},
    "settled": _PLACE,
    "set aside": {**_PLACE, "marks": dict},
    "shared": {**_PLACE, "team": str, "digest": str, "base": dict, "is_model": bool},
    "failed": {**_PLACE, "time": str, "reason": str},
    "unidentified": {"is_open": bool, "reason": str},
    "key": {"fingerprint": str},
}
_LMS = {"lms": str, "name": str, "number": str, "lasting": bool}  # an older line has only the number
_OPTIONAL = {"received": {**_LMS, "number": (str, NoneType), "note": str, "problem": str, "order": list}}


class Journal:
    """An append-only file of JSON lines.

    Parameters
    ----------
    path : the file; it need not exist
    """

    def __init__(self, path):
        self.path = Path(path)

    def append(self, event, **entry):
        """Add a line and wait until it is on disk."""
        self.append_all(event, [entry])

    def append_all(self, event, entries):
        """Add a line for each entry, and wait until all are on disk."""
        if not entries:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        lines = "".join(json.dumps({"event": event, "time": now, **entry}) + "\n" for entry in entries)
        with self.path.open("a+b") as f:
            if f.tell() and not self._ends_a_line(f):  # a kill cut the last line short: only that line is lost
                lines = "\n" + lines
            f.write(lines.encode())
            f.flush()
            os.fsync(f.fileno())

    def latest(self, event, *fields, where=lambda entry: True):
        """The last entry of a kind for each combination of `fields`, which are texts, among those for which `where` holds.

        Returns
        -------
        entries : dict, such as ``{("Ada", "03_gates"): {…}}`` for fields ``"student", "lesson"``
        """
        whole = (e for e in self.entries(event) if all(isinstance(e.get(f), str) for f in fields) and where(e))
        return {tuple(e[f] for f in fields): e for e in whole}

    def entries(self, event):
        """Yields all entries of a kind, first to last."""
        beginning = f'{{"event": {json.dumps(event)},'.encode()
        try:
            f = self.path.open("rb")
        except FileNotFoundError:
            return
        with f:
            for line in f:
                if line.startswith(beginning):  # a class's journal may be long, and only these lines need parsing
                    try:
                        entry = json.loads(line)
                    except (ValueError, RecursionError):
                        continue
                    if _is_whole(event, entry):
                        yield entry

    @staticmethod
    def _ends_a_line(f):
        f.seek(-1, os.SEEK_END)
        return f.read(1) == b"\n"


def _is_whole(event, entry):
    needed, optional = _NEEDED.get(event, {}), _OPTIONAL.get(event, {})
    if "lms" in entry and event == "received":
        needed = {**needed, **_LMS}
    return all(name in entry and isinstance(entry[name], kind) for name, kind in needed.items()) and all(
        isinstance(entry[name], kind) for name, kind in optional.items() if name in entry
    )
