"""In a notebook, explain the NameError for an exercise whose cell was not run yet, or a tool that was not imported."""

import functools
import sys

from grader.base import cards, theme
from grader.exercises import bank


def explain_undefined_exercises(tools):
    """Show a card above the traceback when the missing name is an exercise or one of `tools`. Does nothing outside IPython."""
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    if shell:
        shell.set_custom_exc((NameError,), functools.partial(_explain, tools))


def _explain(tools, shell, kind, error, traceback, tb_offset=None):
    name = getattr(error, "name", None)
    if any(name in exercises for exercises in bank().values()):
        beginning = f"class {name}" if name[0].isupper() else f"def {name}(…)"
        _show(
            f"`{name}` does not exist yet",
            f'**Next:** run the cell where you define `{beginning}`, then run this one again. (For a hint right now, put the name in quotes: `hint("{name}")`.)',
        )
    elif name in tools:
        _show(
            f"`{name}` is not imported yet",
            f"**Next:** run `from grader import {name}`, then run this cell again. (After a restart of the kernel, run the lesson's cells above this one: menu **Run → Run All Above Selected Cell**.)",
        )
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def _show(headline, advice):
    text = f"{theme.STATES['failed'].mark} {headline}\n  {advice}".replace("`", "").replace("**", "")
    bundle = {"text/html": cards.card_html("failed", headline, cards.paragraph(advice)), "text/plain": text}
    sys.modules["IPython"].display.display(bundle, raw=True)
