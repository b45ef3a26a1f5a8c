"""Sanitize submissions before a marker's browser shows them.

nbgrader shows a submission in the formgrader on the server's own address, where a script could do everything that the
marker may: read the whole class, change marks. So a submission is sanitized just before it becomes a page: HTML in
Markdown and in outputs (by a list of what is allowed), other kinds of outputs, attachments that are not pictures,
metadata, and the student's name, which nbgrader inserts unescaped. The judge's cards keep their appearance.

Both parts are named in a class's ``nbgrader_config.py``, so nbgrader's own programs use them, too.
"""

import base64
import re
import textwrap
from urllib.parse import unquote

import nbformat
import tinycss2
from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner
from jinja2 import pass_context
from markupsafe import Markup, escape
from nbconvert.filters import strip_ansi
from nbconvert.preprocessors import Preprocessor

from grader.base.wording import visible
from grader.classroom.rendering import LARGEST, LONGEST_CODE, PYTHON, Allowance, as_html, highlighted, parser
from grader.notebook.reading import is_picture, pictures

ALLOWANCE = "gru_course_allowance"  # among nbconvert's resources
MOST_CELLS = 400  # on one page; the longest lesson has 93
MOST_TAGS = 300  # in one text: the time to sanitize grows with the square of their nesting depth
LONGEST_PRINTED = 5_000  # characters with a terminal's colours
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
_BESIDE = re.compile(r"(?!.*\.\.)\w[\w ./-]*\.(?:png|jpe?g|gif)", re.I)  # a picture that was submitted, too
_LINK = re.compile(r"(?:https?://|mailto:|#)", re.I)
_HIGHLIGHT = re.compile(r"highlight(?: hl-[\w-]+)?|[a-z][a-z0-9]{0,2}")  # classes of highlighted code
_STYLE = re.compile(r"<style>[^<]*</style>")  # of a card: for the dark, which the formgrader's pages never are
_SVG = re.compile(r"<svg\b([^<]*)(?:<(?!/?svg\b)[^<]*)*</svg>")


class Harmless(Preprocessor):
    """Removes everything active from a notebook, and from the texts about it."""

    def preprocess(self, nb, resources):
        resources[ALLOWANCE] = allowance = Allowance()
        nb.metadata = nbformat.from_dict({})
        nb.cells = [self._cell(cell, allowance) for cell in _fitting(nb.cells)]
        for name in ("student", "first_name", "last_name", "notebook_path"):
            if type(resources.get(name)) is str:  # Markup is escaped already
                resources[name] = escape(visible(resources[name]))
        return nb, resources

    def _cell(self, cell, allowance):
        mark = cell.metadata.get("nbgrader")
        cell.metadata = nbformat.from_dict(_mark(mark) if isinstance(mark, dict) else {})
        cell.source = visible(cell.source)
        if cell.cell_type == "code":
            cell.outputs = [o for o in (_output(output, allowance) for output in cell.outputs) if o]
        else:
            cell.attachments = pictures(cell.get("attachments"))
        if cell.cell_type == "raw":
            cell.cell_type, cell.source = "markdown", textwrap.indent(cell.source, "    ")  # a block of code
        return cell


def _fitting(cells):
    """As many cells as a page can hold, those with a mark first, and a note about the others."""
    cells = [cell for cell in cells if cell.cell_type in ("code", "markdown", "raw")]
    order = sorted(range(len(cells)), key=lambda n: "nbgrader" not in cells[n].metadata)
    kept = [cells[n] for n in sorted(order[:MOST_CELLS])]
    if len(kept) < len(cells):
        text = (
            f"**{len(cells) - len(kept)} more cells are not shown here. Open the notebook in JupyterLab to read them.**"
        )
        kept.append(nbformat.from_dict({"cell_type": "markdown", "id": "not-shown", "metadata": {}, "source": text}))
    return kept


@pass_context
def markdown(context, source):
    """Filter: Markdown as sanitized HTML; as it was typed, if it is too long or cannot be rendered."""
    attached = pictures(context.get("cell", {}).get("attachments"))
    allowance = _allowance(context)

    def render(text):
        html = _markdown.clean(as_html(_parsers[text.count("<") <= MOST_TAGS], text, attached=attached))
        return _ATTACHED.sub(lambda found: f'src="{_address(attached, found[1], allowance)}"', html)

    return allowance.markdown(source, render)


@pass_context
def code(context, source, metadata=None):
    """Filter: code in colours, or as it was typed."""
    return Markup('<div class="highlight hl-ipython3"><pre>{}</pre></div>').format(_allowance(context).code(source))


def unchanged(text):
    """Filter, replaces nbconvert's for addresses of IPython 1.x, which takes time quadratic in a text's length."""
    return text


FILTERS = {"markdown2html": markdown, "highlight_code": code, "strip_files_prefix": unchanged}


def _allowance(context):
    return context.get("resources", {}).get(ALLOWANCE) or Allowance()


def _mark(mark):
    """nbgrader's mark of a cell, reduced to valid fields."""
    name, points = mark.get("grade_id"), mark.get("points", 0)
    if not (isinstance(name, str) and re.fullmatch(r"[\w-]+", name) and isinstance(points, int | float)):
        return {}
    flags = {key: bool(mark.get(key)) for key in ("grade", "solution", "task", "locked")}
    return {"nbgrader": {"grade_id": name, "points": points, **flags}}


def _output(output, allowance):
    kind = output.get("output_type")
    if kind == "stream":
        output.name = "stderr" if output.get("name") == "stderr" else "stdout"
        output.text = _printed(output.text, allowance)
    elif kind in ("display_data", "execute_result"):
        data = output.data
        kept = {kind: value for kind, value in data.items() if is_picture(kind, value)}
        if "text/html" in data:
            card = _STYLE.sub("", _SVG.sub(_as_image, str(data["text/html"])))
            kept["text/html"] = allowance.rendered(card, LARGEST, _card.clean) if card.count("<") <= MOST_TAGS else None
        if "text/plain" in data:
            kept["text/plain"] = _printed(str(data["text/plain"]), allowance)
        kept = {kind: value for kind, value in kept.items() if value is not None}
        output.data, output.metadata = nbformat.from_dict(kept), nbformat.from_dict({})
        return output if kept else None
    elif kind == "error":
        output.traceback = [_printed("\n".join(map(str, output.traceback)), allowance)]
    else:
        return None
    return output


def _printed(text, allowance):
    """Printed text, in a terminal's colours if it is short: nbconvert takes time quadratic in its length."""
    short = len(text) <= LONGEST_PRINTED and allowance.has_room("colours", len(text))
    return text if short else allowance.cut(visible(strip_ansi(text)))


def _as_image(found):
    """A drawing as an image, which can load nothing and run nothing."""
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
    """Allows what the judge's cards need, and nothing that loads other files."""

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


def _highlight(source, language, attributes):
    """A block of code within Markdown."""
    if language.lower() not in PYTHON or len(source) > LONGEST_CODE:
        return ""
    return f'<pre class="highlight">{highlighted(source)}</pre>'


def _image(self, tokens, index, options, env):
    """A picture; one pasted into the cell is inserted after sanitizing, which would otherwise remove its address."""
    token = tokens[index]
    source = token.attrGet("src") or ""
    if source.startswith("attachment:"):
        names = [*env["attached"]]
        name = unquote(source.removeprefix("attachment:"))
        token.attrSet("src", f"attached/{names.index(name) if name in names else 'none'}.png")
    token.attrSet("alt", self.renderInlineAsText(token.children or [], options, env))
    return self.renderToken(tokens, index, options, env)


def _address(attached, number, allowance):
    """The picture of that number as a data address; an empty one if it is missing, or exceeds what a page may hold."""
    found = [*attached.values()][int(number) : int(number) + 1] if number.isdecimal() else []
    for kind, value in found[0].items() if found else ():
        if allowance.has_room("pictures", len(value)):
            return f"data:{kind};base64,{value}"
    return "data:image/png;base64,"


def _parser(html):
    made = parser(html)
    made.options["highlight"] = _highlight
    made.add_render_rule("image", _image)
    return made


_parsers = {html: _parser(html) for html in (False, True)}
_ATTACHED = re.compile(r'src="attached/(\w+)\.png"')
_SETTINGS = {"tags": frozenset(_TAGS.split()), "attributes": _allowed, "protocols": ("http", "https", "mailto", "data")}
_markdown = Cleaner(**_SETTINGS, css_sanitizer=CSSSanitizer(allowed_css_properties=()))
_card = Cleaner(**_SETTINGS, css_sanitizer=_Looks(allowed_css_properties=_LOOKS.split()))
