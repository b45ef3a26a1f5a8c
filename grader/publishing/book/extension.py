"""What the book adds to Sphinx: equations that need no script, and docstrings as this course writes them."""

import re

from docutils import nodes

from grader.publishing.equations import mathml

_CODE = re.compile(r"(``.+?``|`[^`\n]+`)", re.S)
_EMPHASIS = re.compile(r"(?<![\w*])\*(\w(?:[^*\n]*\w)?)\*(?![\w*])")
_SPECIAL = re.compile(r"([*|\\]|(?<=\w)_(?!\w))")
_UNDERLINE = re.compile(r"-{3,}")
_COLUMNS = re.compile(r"\S {3,}\S")


def setup(app):
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.connect("autodoc-process-docstring", _docstring)
    app.connect("autodoc-skip-member", _is_a_field)
    app.connect("html-page-context", _levels_of_captions, priority=900)  # after the theme
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer, node):
    writer.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _display(writer, node):
    writer.body.append(f'<div class="math">{mathml(node.astext(), display=True)}</div>')
    raise nodes.SkipNode


def _docstring(app, what, name, obj, options, lines):
    lines[:] = as_rst(lines)


def _is_a_field(app, what, name, obj, skip, options):
    """The fields of a NamedTuple say nothing for themselves; its signature lists them."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def _levels_of_captions(app, pagename, templatename, context, doctree):
    """Sphinx marks the captions of the list of pages as headings, without the level that a heading needs."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def as_rst(lines):
    """A docstring in reStructuredText; sections become fields, and aligned columns stay aligned.

    Only code and *emphasis* are marked up. All else stays as it is typed: a star is a product, a bar a bar.

    Parameters
    ----------
    lines : list of str

    Returns
    -------
    lines : list of str
    """
    out = []
    for block in re.split(r"\n{2,}", "\n".join(lines).strip()):
        rows = block.split("\n")
        if len(rows) > 2 and _UNDERLINE.fullmatch(rows[1]):
            out += [f":{rows[0]}:", "\n".join(f"    - {entry}" for entry in _entries(rows[2:]))]
        elif rows[0].startswith(" "):
            out.append("\n".join(f"        {_marked(row)}" for row in rows) if out[-1].startswith("    - ") else block)
        elif _COLUMNS.search(block):
            out += ["::", "\n".join(f"    {row}" for row in rows)]
        elif rows[0].startswith("Source: "):
            out += [":Source:", _indented(_marked(block.removeprefix("Source: ")))]
        else:
            out.append(_marked(block))
    return "\n\n".join(out).split("\n")


def _entries(rows):
    """The entries of a section: ``x : (B, I) array`` with the lines that are indented below it."""
    entries = []
    for row in rows:
        if row.startswith(" ") and entries:
            entries[-1] += f" {row.strip()}"
        else:
            entries.append(row.strip())
    for entry in entries:
        name, colon, about = entry.partition(" : ")
        if not colon:
            name, _, about = entry.partition(" ")  # an exception, or a result without a name
            if not re.fullmatch(r"\w+(Error|Exception|Failed|Fault|Warning)", name):
                yield _marked(entry)
                continue
        yield f"``{name}``: {_marked(about)}" if about else f"``{name}``"


def _marked(text):
    pieces = _CODE.split(text)
    pieces[::2] = [_SPECIAL.sub(r"\\\1", _EMPHASIS.sub("\0\\1\0", piece)).replace("\0", "*") for piece in pieces[::2]]
    pieces[1::2] = [code if code.startswith("``") else f"`{code}`" for code in pieces[1::2]]
    return "".join(pieces)


def _indented(text):
    return "\n".join(f"    {row}" for row in text.split("\n"))
