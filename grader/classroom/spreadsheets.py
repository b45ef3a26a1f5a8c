"""Texts in files that a spreadsheet may open."""

import re

from grader.base.wording import visible

# Where a spreadsheet could begin a cell with a formula: at the beginning, or after a semicolon, at which a spreadsheet set
# up for most of Europe splits a line, quotes or not. East Asian ones treat wide signs like the narrow ones.
_FORMULA = re.compile(r"(?:^|(?<=;))(?=[^\w;]*[=+\-@＝＋－＠])")


def spreadsheet_safe(text):
    """A text on one line that no spreadsheet takes for a formula: an apostrophe precedes what could begin one."""
    return _FORMULA.sub("'", re.sub(r"[\n\t]", " ", visible(text)))
