"""Make hand-ins harmless to the browsers of those who mark them.

nbgrader shows a hand-in in the formgrader on the server's own address, where a script could do whatever its reader may:
read the whole class, change marks. So what a hand-in brings along is cleaned right before it becomes a page: HTML in
Markdown and in outputs by a list of what is allowed, outputs of other kinds, attachments that are no pictures, metadata,
and a student's name, which nbgrader puts into the page as it is. The judge's cards keep their looks.

Both parts are named in a class's ``nbgrader_config.py``, so that nbgrader's own programs use them too.
"""

import base64
import re

import nbformat
import tinycss2
from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner
from jinja2 import pass_context
from markupsafe import escape
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor

from grader.classroom.notebooks import is_picture, pictures
from grader.wording import visible

_TAGS = (
    "a abbr b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li mark ol p pre q s samp "
    "small span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
_LOOKS = (
    "background border border-left border-radius color display font-family font-size font-weight gap "
    "grid-template-columns line-height margin max-width padding white-space"
)
_FUNCTIONS = frozenset(("var", "rgb", "rgba"))
_DATA = re.compile(r"data:image/(?:png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
_BESIDE = re.compile(r"(?!.*\.\.)\w[\w ./-]*\.(?:png|jpe?g|gif)", re.I)  # a picture that was handed in too
_LINK = re.compile(r"(?:https?://|mailto:|#)", re.I)
_HIGHLIGHT = re.compile(r"highlight(?: hl-[\w-]+)?|[a-z][a-z0-9]{0,2}")  # classes of highlighted code
_SVG = re.compile(r"<svg\b([^<]*)(?:<(?!/?svg\b)[^<]*)*</svg>")


class Harmless(Preprocessor):
    """Leaves in a notebook, and in what is said about it, only what can do nothing but be looked at."""

    def preprocess(self, nb, resources):
        nb.metadata = nbformat.from_dict({})
        nb.cells = [self._cell(cell) for cell in nb.cells if cell.cell_type in ("code", "markdown", "raw")]
        for name in ("student", "first_name", "last_name", "notebook_path"):
            if type(resources.get(name)) is str:  # what is escaped already is Markup
                resources[name] = escape(visible(resources[name]))
        return nb, resources

    def _cell(self, cell):
        mark = cell.metadata.get("nbgrader")
        cell.metadata = nbformat.from_dict(_mark(mark) if isinstance(mark, dict) else {})
        cell.source = visible(cell.source)
        if cell.cell_type == "code":
            cell.outputs = [o for o in map(_output, cell.outputs) if o]
        else:
            cell.attachments = pictures(cell.get("attachments"))
        if cell.cell_type == "raw":
            cell.cell_type, cell.source = "markdown", f"<pre>{escape(cell.source)}</pre>"
        return cell


@pass_context
def markdown(context, source):
    """Filter: Markdown as harmless HTML; as it was typed, if it cannot be rendered."""
    attachments = _Attachments(pictures(context.get("cell", {}).get("attachments")))
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    try:
        rendered = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # nested too deeply, say: a marker needs to see it all the same
        return f"<pre>{escape(source)}</pre>"
    return _markdown.clean(rendered)


class _Attachments(dict):
    """Those that are missing are empty pictures: nbconvert would show no page at all."""

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return {"image/png": ""}


def _mark(mark):
    """nbgrader's mark of a cell, as far as it can be one."""
    name, points = mark.get("grade_id"), mark.get("points", 0)
    if not (isinstance(name, str) and re.fullmatch(r"[\w-]+", name) and isinstance(points, int | float)):
        return {}
    flags = {key: bool(mark.get(key)) for key in ("grade", "solution", "task", "locked")}
    return {"nbgrader": {"grade_id": name, "points": points, **flags}}


def _output(output):
    kind = output.get("output_type")
    if kind == "stream":
        output.name = "stderr" if output.get("name") == "stderr" else "stdout"
    elif kind in ("display_data", "execute_result"):
        data = output.data
        kept = {kind: value for kind, value in data.items() if is_picture(kind, value)}
        if "text/html" in data:
            kept["text/html"] = _card.clean(_SVG.sub(_as_image, str(data["text/html"])))
        if "text/plain" in data:
            kept["text/plain"] = str(data["text/plain"])
        output.data, output.metadata = nbformat.from_dict(kept), nbformat.from_dict({})
        return output if kept else None
    elif kind != "error":
        return None
    return output


def _as_image(found):
    """A drawing as an image, where it can load nothing and run nothing."""
    alt = re.search(r'aria-label="([^"]*)"', found[1])
    data = base64.b64encode(found[0].encode()).decode()
    return f'<img alt="{alt[1] if alt else ""}" src="data:image/svg+xml;base64,{data}" style="border:0">'


def _allowed(tag, name, value):
    if name == "src":
        return tag == "img" and bool(_DATA.fullmatch(value) or _BESIDE.fullmatch(value))
    if name == "href":
        return tag == "a" and bool(_LINK.match(value))
    if name == "class":
        return bool(_HIGHLIGHT.fullmatch(value))
    return name in ("alt", "title", "open", "style") or (name in ("colspan", "rowspan", "start") and value.isdigit())


class _Looks(CSSSanitizer):
    """Allows what the judge's cards need, and nothing that loads."""

    def sanitize_css(self, style):
        declarations = tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True)
        kept = [
            d for d in declarations
            if d.type == "declaration" and d.lower_name in self.allowed_css_properties and _is_still(d.value)
        ]  # fmt: skip
        return tinycss2.serialize(kept)


def _is_still(tokens):
    for token in tokens:
        if token.type in ("url", "error", "[] block", "{} block"):
            return False
        inner = token.arguments if token.type == "function" else getattr(token, "content", ())
        if (token.type == "function" and token.lower_name not in _FUNCTIONS) or not _is_still(inner):
            return False
    return True


_SETTINGS = {"tags": frozenset(_TAGS.split()), "attributes": _allowed, "protocols": ("http", "https", "mailto", "data")}
_markdown = Cleaner(**_SETTINGS, css_sanitizer=CSSSanitizer(allowed_css_properties=()))
_card = Cleaner(**_SETTINGS, css_sanitizer=_Looks(allowed_css_properties=_LOOKS.split()))
