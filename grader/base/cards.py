"""How things look: cards of HTML for JupyterLab, the same in plain text for a terminal."""

import base64
import html
import re

from grader.base import theme

_TEXT, _FAINT, _BACK, _INSET = map(theme.colour, ("text", "faint", "back", "inset"))


def verdict_html(v):
    """A Verdict as an HTML card."""
    parts = [paragraph(text) for text in v.body]
    if v.code:
        parts.append(code(v.code))
    if v.facts:
        parts.append(_table(v.facts))
    if v.picture:
        parts.append(f'<div style="margin:6px 0">{v.picture}</div>')
    if v.next_step:
        parts.append(paragraph(f"**Next:** {v.next_step}"))
    parts += [paragraph(note, faint=True) for note in v.notes]
    return card_html(v.state, v.headline, "".join(parts))


def verdict_text(v):
    """A Verdict as plain text."""
    lines = [f"{theme.STATES[v.state].mark} {v.headline}", *(f"  {text}" for text in v.body)]
    lines += [f"    {line}" for line in v.code.splitlines()]
    width = max((len(label) for label, _ in v.facts), default=0)
    lines += [f"    {label:<{width}}  {value}" for label, value in v.facts]
    if v.next_step:
        lines.append(f"  Next: {v.next_step}")
    lines += [f"  {note}" for note in v.notes]
    return "\n".join(lines).replace("`", "")


def card_html(state, headline, body):
    """A card with a coloured edge; `body` is HTML, `headline` may mark `code` in backquotes."""
    look = theme.STATES[state]
    colour = theme.colour(look.colour)
    plain = theme.COLOURS[look.colour].light  # JupyterLab drops variables from notebooks that it does not trust
    return (
        f'<div class="{theme.CARD}" style="border:1px solid {plain};border-left:6px solid {plain};border-color:{colour};'
        f"border-radius:4px;padding:8px 14px;margin:4px 0;max-width:760px;background:{_BACK};color:{_TEXT};"
        f'line-height:1.45;font-size:14px">{theme.card_style()}'
        f'<div style="font-weight:600;font-size:15px"><span style="color:{colour}">{look.mark}</span> '
        f"{inline(headline)}</div>{body}</div>"
    )


def escape(text):
    """Escape a text for HTML, attributes included."""
    return html.escape(text, quote=True)


def image(png, alt):
    """An HTML image, from the bytes of a PNG, with a text for those who cannot see it."""
    data = base64.b64encode(png).decode()
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}" style="max-width:100%">'


def inline(text):
    """Escape a text and render its `code`, **bold** and *emphasis*; stars within code stay stars."""

    def render(found):
        code, bold, emphasis = found.groups()
        if code is not None:
            return f'<code style="background:{_INSET};color:{_TEXT};padding:0 3px">{code}</code>'
        return f"<b>{bold}</b>" if bold else f"<em>{emphasis}</em>"

    return re.sub(r"`([^`]*)`|\*\*([^*]+)\*\*|\*(\w[^*`]*)\*", render, html.escape(text))


def paragraph(text, faint=False):
    colour = _FAINT if faint else _TEXT
    return f'<div style="margin:6px 0 0;color:{colour};white-space:pre-wrap">{inline(text)}</div>'


def code(text):
    return (
        f'<pre style="background:{_INSET};color:{_TEXT};padding:6px 10px;margin:6px 0;border-radius:3px;'
        f'white-space:pre-wrap">{html.escape(text)}</pre>'
    )


def _table(rows):
    cells = "".join(
        f'<div style="color:{_FAINT}">{html.escape(label)}</div>'
        f'<div style="font-family:var(--jp-code-font-family, monospace)">{html.escape(value)}</div>'
        for label, value in rows
    )
    return f'<div style="display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:6px 0">{cells}</div>'
