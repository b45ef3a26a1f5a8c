"""What cells displayed, as HTML for a page of the book. Pictures and sounds become files beside the page.

A lesson's page shows what its reader cannot get by reading: numbers, figures, verdicts on deliberate mistakes. It leaves out
what only makes sense in a session: the progress of a run, and that nothing was predicted.
"""

import base64
import hashlib
import html
import re
import struct

from grader.base import theme

_DATA = re.compile(r'src="data:(image/png|audio/wav);base64,([^"]+)"')
_ENDING = {"image/png": "png", "audio/wav": "wav"}
_STYLE = re.compile(r"<style>.*?</style>", re.S)  # each card brings its own, and the page has it already
_UNPREDICTED = ": no prediction yet."
_NO_GUESS = " You made no prediction."
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_AUDIO = re.compile(r"<audio[^>]*>")


class Media:
    """The pictures and sounds of one lesson, by file name, and their address as seen from the lesson's page."""

    def __init__(self, address):
        self.address, self.files = address, {}

    def keep(self, kind, data):
        """Keep a file; gives its address."""
        name = f"{hashlib.sha256(data).hexdigest()[:12]}.{_ENDING[kind]}"
        self.files[name] = data
        return f"{self.address}/{name}"


def as_html(outputs, media):
    """A cell's outputs as HTML; empty if nothing of them belongs on a page.

    Parameters
    ----------
    outputs : list of nbformat outputs
    media : Media, which receives pictures and sounds
    """
    parts = [part for part in (_one(output, media) for output in outputs) if part]
    return f'<div class="cell-output">{"".join(parts)}</div>' if parts else ""


def _one(output, media):
    if output.output_type == "stream":
        return _text(output.text) if output.text.strip() else ""
    if output.output_type == "error":
        return _text("\n".join(output.traceback))
    data = output.data
    if "text/html" in data:
        return _rich(data["text/html"], media)
    if "image/png" in data:
        return _rich(f'<img alt="" src="data:image/png;base64,{data["image/png"].strip()}">', media)
    return _text(data["text/plain"]) if output.output_type == "execute_result" else ""  # a display is a run's progress


def _text(text):
    return f"<pre>{html.escape(_COLOURS.sub('', text.rstrip()))}</pre>"


def _rich(markup, media):
    if _UNPREDICTED in markup:
        return ""
    markup = _STYLE.sub("", markup).replace(_NO_GUESS, "")
    markup = _AUDIO.sub('<audio controls preload="none">', markup)  # a page of music stays light until somebody listens
    return _DATA.sub(lambda found: _file(found[1], base64.b64decode(found[2]), media), markup)


def _file(kind, data, media):
    address = f'src="{media.keep(kind, data)}"'
    if kind != "image/png":
        return address
    width, height = struct.unpack(">II", data[16:24])  # so that the page keeps their place free
    return f'{address} width="{width}" height="{height}" loading="lazy"'


def style():
    """CSS that gives cards their colours, in the light and in the dark of the book's theme."""

    def properties(scheme):
        return " ".join(f"{_property(name)}: {getattr(shade, scheme)};" for name, shade in theme.COLOURS.items())

    return "\n".join(
        [
            f"body {{ {properties('light')} }}",
            f'@media not print {{ body[data-theme="dark"] {{ {properties("dark")} }} }}',
            f'@media not print and (prefers-color-scheme: dark) {{ body:not([data-theme="light"]) {{ {properties("dark")} }} }}',
        ]
    )


def _property(name):
    """The CSS property by which a card asks for a colour of the theme."""
    return re.match(r"var\((--[\w-]+)", theme.colour(name))[1]
