"""Sanitize the outputs of a graded notebook to text, pictures and errors.

An output comes from a submission's own process, so nothing in it is trusted: it is taken apart, and its allowed parts are
put together again. Only the judge's own cards hold HTML.
"""

import base64
import binascii
import collections
import functools
import re
import sys
import sysconfig
import tempfile
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode

from grader.base import cards
from grader.checking.verdict import VERDICT_MIME
from grader.judge.guest.bounds import (
    CUT,
    LARGEST_PICTURE,
    LONGEST_MESSAGE,
    LONGEST_NAME,
    LONGEST_TRACEBACK,
    MOST_ERRORS,
    MOST_OUTPUTS,
    shortened,
)
from grader.judge.sandbox import IMAGE, PYTHON, WORK

WIDEST_PICTURE = 10_000  # pixels


class Flood(Exception):
    """More was sent than a process that follows the rules would send."""


class CellOutputs:
    """Collects the outputs of one cell; `finished` returns them in the form for a notebook.

    Parameters
    ----------
    room : bytes of text to keep
    picture_room : bytes of pictures and cards to keep

    Uninterrupted printing becomes one output on stdout, warnings last: nbgrader gives 0 for a test cell with any text on
    stderr, such as a NumPy warning, and the order in which pieces of the two arrive is random.
    """

    def __init__(self, room, picture_room=LARGEST_PICTURE):
        self.room, self.picture_room = room, picture_room
        self.used = 0  # bytes kept
        self._outputs = []
        self._printed = {"stdout": [], "stderr": []}
        self._cut = self._clear = self._without_errors = False
        self._count = collections.Counter()
        self._most_sent = 4 * room + 2 * picture_room + 4 * MOST_ERRORS * LONGEST_TRACEBACK + 4_000_000

    def take(self, output):
        """Take an output as the submission's process sent it; parts that are not allowed are left out.

        Raises
        ------
        Flood
            If far more arrives than is kept: the shell inside would have stopped earlier.
        """
        self._most_sent -= 1_000 + _size(output)
        if self._most_sent < 0:
            raise Flood
        match output:
            case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
                self._printed[name].append(self._fitting(text))
            case {"output_type": "display_data" | "execute_result" as kind, "data": dict(data)}:
                self._show(kind, data)
            case {"output_type": "error", "ename": str(name), "evalue": str(message), "traceback": list(lines)} if (
                not self._without_errors
            ):
                self._fail(name, message, [line for line in lines if isinstance(line, str)])
            case {"output_type": "clear_output", "wait": wait}:
                self._close_stream()
                self._clear = True
                if not wait:
                    self._clear_now()

    def interrupted(self):
        """The cell was interrupted. The place is random, so the resulting error is left out."""
        self._without_errors = True

    def card(self, verdict):
        """Show a Verdict of the judge's, as `check` does."""
        shown = card(verdict)
        if len(shown.data["text/html"]) > self.picture_room:
            shown = card(_headline_of(verdict))
        self._use(len(shown.data["text/html"]))
        self._add(shown, "card")

    def error(self, name, message):
        """Add an error of the judge's own."""
        self._close_stream()
        self._outputs.append(error(name, message))

    def finished(self, count):
        """The outputs, in order; `count` is the cell's execution count."""
        self._close_stream()
        for output in self._outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
        return self._outputs

    def _show(self, kind, data):
        kept = {}
        for mime in ("image/png", "image/jpeg"):
            picture = _picture(mime, data.get(mime))
            if picture and len(picture) <= self.picture_room:
                self._use(len(picture))
                kept[mime] = picture
        text = data.get("text/plain")
        if isinstance(text, str) and (fitting := self._fitting(text)):
            kept["text/plain"] = harmless(fitting)
        if kept:
            self._add(_display(kind, kept))

    def _fail(self, name, message, lines):
        """Add an error of the submission's; if there is no room left, only its beginning and end."""
        shown = _error(name, message, shortened(lines, min(LONGEST_TRACEBACK, max(self.room, 1_000))))
        size = len(str(shown).encode())
        self.room = max(self.room - size, 0)
        self.used += size
        if self._count["error"] < MOST_ERRORS:
            self._add(shown)

    def _use(self, size):
        self.picture_room -= size
        self.used += size

    def _fitting(self, text):
        """As much of a text as there is room for."""
        encoded = text.encode(errors="replace")
        fitting = encoded[: self.room]
        self.room -= len(fitting)
        self.used += len(fitting)
        if len(fitting) == len(encoded):
            return text
        rest, self._cut = ("" if self._cut else f"\n{CUT}\n"), True
        return fitting.decode(errors="ignore") + rest

    def _clear_now(self):
        """Do what `clear_output` asked for; the judge's cards stay."""
        if self._clear:
            self._clear = False
            self._count = collections.Counter(card=self._count["card"], error=self._count["error"])
            self._outputs = [o for o in self._outputs if VERDICT_MIME in o.get("data", {})]

    def _add(self, output, kind=None):
        self._close_stream()
        self._clear_now()
        kind = kind or output.output_type
        self._count[kind] += 1
        if self._count[kind] <= MOST_OUTPUTS:
            self._outputs.append(output)
        elif not self._cut:
            self._cut = True
            self._outputs.append(_stream(CUT))

    def _close_stream(self):
        text = harmless("".join(self._printed["stdout"] + self._printed["stderr"]))
        self._printed = {"stdout": [], "stderr": []}
        if text:
            self._add(_stream(text))


def error(name, message):
    """An error output in the judge's words."""
    return _error(name, message, [f"{name}: {message}"])


def check_failed(headline):
    """The error output of a check that failed, as `check` itself leaves it in a learner's notebook."""
    message = headline.replace("`", "")
    return _error("CheckFailed", message, [f"\x1b[31m{message}\x1b[0m"])


def card(verdict):
    """The output that shows a Verdict, with the Verdict as data in it."""
    data = {
        "text/html": cards.verdict_html(verdict),
        "text/plain": cards.verdict_text(verdict),
        VERDICT_MIME: verdict.as_dict(),
    }
    return _display("display_data", _everywhere(functools.partial(harmless, colours=False), data))


def _headline_of(verdict):
    return replace(verdict, body=(), facts=(), code="", next_step="", notes=(), picture="")


def harmless(text, colours=True):
    """A text that is safe to show, and reveals nothing about this machine.

    A terminal's escape sequences are removed except colours, as are control characters, marks that reverse the writing
    direction, this machine's folders, and the addresses of objects, which change from run to run.
    """
    if _SUSPECT.search(text):
        text = _ESCAPE.sub(_colour if colours else "", text)
        text = "\n".join(
            line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")
        )  # the part that overwrote the rest
        text = _UNSEEN.sub("", text).encode(errors="replace").decode()
    text = _ADDRESS.sub("at 0x…", text)
    pattern, places = _folders()
    return pattern.sub(lambda m: m[1] + places.get(m[2], "."), text) if "/" in text or "\\" in text else text


def _display(kind, data):
    # nbformat's new_output validates each output, the slowest step of all. These have the right form.
    shown = NotebookNode(output_type=kind, data=NotebookNode(data), metadata=NotebookNode())
    return shown if kind == "display_data" else NotebookNode(shown, execution_count=None)


def _stream(text):
    return NotebookNode(output_type="stream", name="stdout", text=text)


def _error(name, message, lines):
    return NotebookNode(
        output_type="error",
        ename=harmless(name[:LONGEST_NAME], colours=False),
        evalue=harmless(message[:LONGEST_MESSAGE], colours=False),
        traceback=[harmless(line) for line in lines],
    )


def _picture(mime, text):
    """The base64 text of a picture, if its content has the claimed type, or None."""
    if not isinstance(text, str) or len(text) > 2 * LARGEST_PICTURE:
        return None
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    whole = _is_png(data) if mime == "image/png" else data[:3] == b"\xff\xd8\xff" and data[-2:] == b"\xff\xd9"
    return base64.b64encode(data).decode() if whole and len(data) <= LARGEST_PICTURE else None


def _is_png(data):
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or data[-8:-4] != b"IEND":
        return False
    sides = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return all(0 < side <= WIDEST_PICTURE for side in sides)


def _size(value):
    """About how many bytes a decoded message holds."""
    if isinstance(value, dict):
        return sum(_size(k) + _size(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return len(value) if isinstance(value, str | bytes) else getattr(value, "nbytes", 8)


def _everywhere(change, value):
    """`change` applied to every text within a value of dicts, lists and tuples."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _everywhere(change, v) for key, v in value.items()}
    return [_everywhere(change, v) for v in value] if isinstance(value, list | tuple) else value


_ESCAPE = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # strings, such as a window's title or a link
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # control sequences, of which colours are one kind
    r"|\x1b[ -/]*[0-~]?"
)
_COLOUR = re.compile(
    r"\x1b\[(?:(?:0?[0-4]|2[1-4]|[34][0-79]|9\d|10\d|[34]8;5;\d{1,3}|[34]8;2;\d{1,3};\d{1,3};\d{1,3})(?:;|(?=m)))*m"
)
_TURNING = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # the direction of writing
_UNSEEN = re.compile(rf"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f{_TURNING}\ufeff\ufff9-\ufffb]")
_SUSPECT = re.compile(rf"{_UNSEEN.pattern}|[\x1b\ud800-\udfff]")
_ADDRESS = re.compile(r"\bat 0x[0-9A-Fa-f]{6,16}\b")


def _colour(found):
    return found[0] if _COLOUR.fullmatch(found[0]) else ""


@functools.cache
def _folders():
    """A pattern that finds this machine's folders in a text, and what to write in their place."""
    packages = sysconfig.get_paths()["purelib"]
    places = {
        WORK: ".",
        IMAGE: "course",
        PYTHON: "python",
        packages.replace(sys.prefix, PYTHON): "site-packages",
        packages: "site-packages",
        sys.prefix: "python",
        sys.base_prefix: "python",
        str(Path(__file__).resolve().parents[2]): "course",
        str(Path.home()): "~",
        tempfile.gettempdir(): "tmp",
    }
    places |= {str(Path(place).resolve()): name for place, name in places.items()}
    order = sorted((p for p in places if len(p) > 1), key=len, reverse=True)
    # A path begins after a character that is not part of a word, or after the code of a colour.
    own_folder = rf"{re.escape(tempfile.gettempdir())}/gru-course-\w+"  # of a submission without a sandbox
    known = "|".join([own_folder, *map(re.escape, order)])
    return re.compile(rf"(\x1b\[[\d;]*m|(?<![\w.~]))({known})(?=[/\\\s'\":)\x1b]|$)"), places
