"""Read a submission in any state: the result is a clean notebook, or the reason why there is none."""

import base64
import binascii
import codecs
import gc
import json
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4.rwbase import rejoin_lines

LARGEST = 50_000_000  # bytes
MOST_CELLS, MOST_TEXT = 2_000, 2_000_000  # far more than anybody writes: every cell is run, parsed and shown
_CONFLICT = [re.compile(rf"^{sign}{{7}}(?: |$)", re.M) for sign in "<=>"]  # no line of a notebook begins like this
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PICTURES = ("image/png", "image/jpeg", "image/gif")
MOST_PICTURES = 50  # attached to one cell; the first ones are kept


class Unreadable(Exception):
    """The file is not a notebook. The message says why, in words for the learner."""


def read_notebook(path):
    """Read a notebook and rebuild it from its sources only: no outputs, no foreign fields.

    Returns
    -------
    notebook : NotebookNode of format 4.5

    Raises
    ------
    Unreadable
        If the file is not a notebook.
    """
    with Path(path).open("rb") as f:
        return parse_notebook(f.read(LARGEST + 1))


def marked_cells(data):
    """Of a notebook that the course itself has written: a NotebookNode with those cells alone that nbgrader knows.

    Parameters
    ----------
    data : bytes or str, of the file; it is not validated
    """
    cells = [cell for cell in json.loads(data)["cells"] if "nbgrader" in cell["metadata"]]
    return rejoin_lines(nbformat.from_dict({"cells": cells}))


def parse_notebook(data):
    """`read_notebook` for bytes."""
    if len(data) > LARGEST:
        raise Unreadable(f"the file is larger than {LARGEST // 1_000_000} MB")
    if not data.strip():
        raise Unreadable("the file is empty")
    text = _text(data)
    if text.lstrip().startswith("<") and not text.lstrip().startswith("<<<<<<<"):
        raise Unreadable("it is a web page (HTML), not a notebook: the wrong thing was saved or downloaded")
    try:
        content = _loads(text)
    except RecursionError:
        raise Unreadable("it is nested too deeply to be a notebook") from None
    except json.JSONDecodeError as e:
        if all(sign.search(text) for sign in _CONFLICT):
            raise Unreadable(
                "it has an unresolved merge conflict (<<<<<<< and >>>>>>>): two versions of the notebook are in one file"
            ) from None
        if e.pos >= len(text.rstrip()) or e.msg.startswith("Unterminated"):
            raise Unreadable("the file is cut short: it ends in the middle of the notebook") from None
        raise Unreadable(f"it is not a notebook's JSON: {e.msg} in line {e.lineno}") from None
    except ValueError as e:  # a number without end
        raise Unreadable(f"it is not a notebook's JSON: {e}") from None
    if not isinstance(content, dict) or not ("cells" in content or "worksheets" in content):
        raise Unreadable("it is JSON, but not a notebook: it has no cells")
    try:
        if "cells" not in content:  # format 3 and older, whose sources are lists of lines in a file
            content = nbformat.reads(text, as_version=4)
        cells = [_clean(cell, number) for number, cell in enumerate(content["cells"])]
    except Exception as e:
        raise Unreadable(f"its cells are damaged ({type(e).__name__}: {str(e)[:200]})") from None
    size = sum(len(cell.source) for cell in cells)
    if len(cells) > MOST_CELLS or size > MOST_TEXT:
        raise Unreadable(
            f"it has {len(cells)} cells with {size / 1e6:.1f} million characters, but at most {MOST_CELLS} with "
            f"{MOST_TEXT // 10**6} million are graded"
        )
    return new_notebook(cells)


def grade_ids(notebook):
    """The set of nbgrader's grade_ids in a notebook."""
    return {i for i in (grade_id(cell) for cell in notebook.cells) if i}


def grade_id(cell):
    """nbgrader's grade_id of a cell, or None."""
    mark = cell.metadata.get("nbgrader")
    found = mark.get("grade_id") if isinstance(mark, dict) else None
    return found if isinstance(found, str) else None


def pictures(attachments):
    """A cell's attachments that are pictures: ``{name: {"image/png": base64, …}, …}``."""
    kept = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        held = bundle.items() if isinstance(bundle, dict) else ()
        good = {kind: "".join(value.split()) for kind, value in held if is_picture(kind, value)}
        if good:
            kept[name] = good
        if len(kept) == MOST_PICTURES:
            break
    return kept


def is_picture(kind, value):
    """Whether a value of a MIME bundle is a picture, in base64, that can only be looked at."""
    try:
        return kind in PICTURES and bool(base64.b64decode("".join(value.split()), validate=True))
    except (AttributeError, binascii.Error, ValueError):
        return False


def new_notebook(cells, metadata=None):
    """nbformat's function of that name without its validation, the slowest step of all in handling a submission."""
    return NotebookNode(cells=cells, metadata=metadata or NotebookNode(), nbformat=4, nbformat_minor=5)


def _text(data):
    """The text of a file, which PowerShell's > and Windows' editors may write in UTF-16."""
    wide = next((name for mark, name in _WIDE if data.startswith(mark)), None)
    try:
        return data.decode(wide or "utf-8-sig")
    except UnicodeDecodeError as e:
        if wide or b"\0" in data[:100]:
            raise Unreadable(
                f"the file was saved as {(wide or 'utf-16').upper()}, but not all of it can be decoded that way"
            ) from None
        raise Unreadable(
            f"byte {e.start} is not UTF-8: the file was saved in another encoding, such as Latin-1"
        ) from None


def _loads(text):
    """json.loads without garbage collection: millions of small lists would take seven times as long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return json.loads(text)
    finally:
        if was_on:
            gc.enable()


def _clean(cell, number):
    kind = cell["cell_type"]
    if kind not in ("code", "markdown", "raw"):
        raise ValueError(f"a cell of type {kind!r}"[:100])
    source = cell.get("source", "")
    source = source if isinstance(source, str) else "".join(source)
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = mark.get("grade_id") if isinstance(mark, dict) else None
    # Everything else in nbgrader's metadata comes from the lesson.
    kept = {"nbgrader": {"grade_id": name}} if isinstance(name, str) else {}
    attached = pictures(cell.get("attachments")) if kind == "markdown" else {}
    more = {"attachments": attached} if attached else {}
    if kind == "code":
        more = {"execution_count": None, "outputs": []}
    identity = cell.get("id")
    if not isinstance(identity, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", identity):
        identity = f"own-{number}"  # not a random one, so that grading again gives the same notebook
    return nbformat.from_dict({"id": identity, "cell_type": kind, "source": source, "metadata": kept, **more})
