"""The sources of the reference: a page for each module of gru_ref, and one for what notebooks take from grader."""

import importlib
import inspect
import pkgutil
from dataclasses import dataclass

import gru_ref


@dataclass
class Documented:
    """A module of the reference: its page's name, what it is for in a sentence, and its objects by the name to call them by."""

    name: str
    about: str
    objects: dict


def modules():
    """All that the reference documents, a list of Documented: grader first, then the modules of gru_ref in their order."""
    grader = importlib.import_module(
        "grader"
    )  # what it offers stands above all of its packages, so none imports it by a statement
    tools = {f"grader.{name}": getattr(grader, name) for name in sorted(grader.__all__)}
    found = [Documented("grader", "What a notebook takes from the grader.", tools)]
    for info in pkgutil.walk_packages(gru_ref.__path__, "gru_ref."):
        module = importlib.import_module(info.name)
        objects = {
            _called(module, name): thing for name, thing in vars(module).items() if _is_public(module, name, thing)
        }
        if objects:
            found.append(Documented(info.name, inspect.getdoc(module).partition("\n\n")[0].replace("\n", " "), objects))
    return found


def _is_public(module, name, thing):
    return (
        not name.startswith("_")
        and (inspect.isclass(thing) or inspect.isfunction(thing))
        and thing.__module__ == module.__name__
        and bool(inspect.getdoc(thing))
    )


def _called(module, name):
    """The name by which to call it: ``gru_ref.gate`` for what gru_ref offers itself."""
    offered = getattr(gru_ref, name, None) is getattr(module, name)
    return f"gru_ref.{name}" if offered else f"{module.__name__}.{name}"


def page(documented):
    """The page's source, in reStructuredText, as docstrings are."""
    title = f"``{documented.name}``"
    lines = [title, "=" * len(title), "", documented.about.replace("`", "``").replace("````", "``"), ""]
    for name, thing in sorted(documented.objects.items()):
        module, _, own = name.rpartition(".")
        kind = "class" if inspect.isclass(thing) else "function"
        lines += [f".. currentmodule:: {module}", "", f".. auto{kind}:: {own}", ""]
        if kind == "class":
            lines[-1:] = ["   :members:", ""]
    return "\n".join(lines)


def front(documented):
    """The first page of the reference: every module with what it is for."""
    rows = "\n".join(f"- [`{d.name}`](/reference/{d.name}.rst): {d.about}" for d in documented)
    tree = "\n".join(f"/reference/{d.name}" for d in documented)
    return (
        "# Reference\n\nWhat the lessons call, from the documentation in the code. `gru_ref` is the mathematics, the models, the data "
        "and the figures; `grader` is what a notebook needs to check an answer. Every exercise's answer is a function of "
        f"`gru_ref`, described here by its shapes and errors; how it works is for you to write.\n\n{rows}\n\n"
        f"```{{toctree}}\n:hidden:\n\n{tree}\n```\n"
    )
