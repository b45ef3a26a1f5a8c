"""Compare a lesson's prose with the output of its cells on three kinds of processor: ``make kernels ARGS="09 12"``.

BLAS, NumPy and PyTorch choose their code by the processor. The last digits differ, and training amplifies them. So this
runs each solved lesson with the code for an old, a common and a new x86 processor, and searches the output for each
number of the prose. The report names numbers that some processors print and others don't: turn these into recorded
runs, ranges or words. It also lists numbers that no cell prints, for a person to read: most are sizes, years or results
of a formula.

``--times`` also reports each cell's processor time. If this processor cannot run the new code, it runs the best it can.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

import nbformat
from measuring import console, openblas_core
from rich.markup import escape
from rich.table import Table

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.limits import Limits
from grader.base.paths import course_root
from grader.notebook.execution import run_notebook

# What each library listens to. NumPy is told what not to use, as it has no other way.
PROCESSORS = {
    "old": {
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    },
    "usual": {
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    },
    "new": {
        "OPENBLAS_CORETYPE": "SkylakeX",
        "ATEN_CPU_CAPABILITY": "avx512",
        "MKL_ENABLE_INSTRUCTIONS": "AVX512",
    },
}
PATIENT = Limits(cell=3600, notebook=3600)  # the machine may be busy
CPU_MIME = "application/vnd.gru-course.cpu-seconds"
FIRST_CELL = f"""
import sys, time, IPython
sys.path.insert(0, {str(Path(__file__).parent)!r})
import kernels
kernels.tell_times(get_ipython())
kernels.check_core()
"""
NUMBER = re.compile(
    r"""(?<![\w.^{])                      # not within a name, a power or another number
        (?P<sign>[-−])?
        (?:(?P<power>10\^\{?(?P<exponent>[-−]?\d+)\}?)
          |(?P<value>\d+(?:[ ,]\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?)(?P<percent>\s?%)?)
        (?!\w)""",
    re.VERBOSE,
)


def main():
    """Run the lessons named, or all, and print a report of each. Ends with 1 if a processor contradicts the prose."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lessons", nargs="*", help='such as "09 12"; all by default')
    parser.add_argument("--on", choices=list(PROCESSORS), action="append", help="a processor; all by default")
    parser.add_argument("--times", action="store_true", help="print each cell's processor time, too")
    parser.add_argument("--keep", type=Path, help="a folder for what was printed, to compare by eye")
    wanted = parser.parse_args()
    paths = [p for p in find_sources(course_root()) if not wanted.lessons or p.stem[:2] in wanted.lessons]
    contradicted = [path.stem for path in paths if examine(path, wanted)]
    sys.exit(f"Contradicted on some processor: {', '.join(contradicted)}" if contradicted else 0)


def examine(path, wanted):
    """Run one lesson on the processors wanted and report; return the numbers of its prose that only some of them print."""
    lesson = read_lesson(path)
    runs = {name: run(lesson.notebook(), path.parent, PROCESSORS[name]) for name in wanted.on or PROCESSORS}
    if wanted.keep:
        wanted.keep.mkdir(parents=True, exist_ok=True)
        for name, cells in runs.items():
            text = "\n".join(f"[{i}]\n{printed}" for i, (printed, _) in enumerate(cells) if printed)
            (wanted.keep / f"{path.stem} {name}.txt").write_text(text, encoding="utf-8")
    console.rule(path.stem)
    for name, cells in runs.items():
        console.print(f"{name}: {sum(seconds for _, seconds in cells):.0f} s of processor time")
    if wanted.times:
        console.print(_table_of_times(lesson, runs))
    printed = {name: [value for text, _ in cells for value in numbers(text)] for name, cells in runs.items()}
    prose = [
        (f"line {c.line}", n) for c in lesson.cells if c.kind == "markdown" for n in numbers(_without_tables(c.text))
    ]
    for text in texts_of(path.stem):
        prose += [(f"figure {text.partition(chr(10))[0]}", n) for n in numbers(text)]
    found = [(line, n, [name for name in runs if any(agree(n, p) for p in printed[name])]) for line, n in prose]
    some = [(line, n, where) for line, n, where in found if 0 < len(where) < len(runs)]
    for line, n, where in some:
        console.print(f"{line}: [red]{n['text']}[/red] is printed only on {', '.join(where)}")
    nobody = Counter(n["text"] for _, n, where in found if not where)
    console.print("no cell prints:", ", ".join(nobody), style="dim", highlight=False)
    return some


def _without_tables(text):
    """Tables in the prose hold published numbers or formulas; measured numbers are in sentences."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("|"))


def texts_of(lesson):
    """What a lesson's figures show, in words; each begins with the figure's name."""
    path = course_root() / "grader" / "figures" / f"{lesson}.md"
    return path.read_text(encoding="utf-8").split("\n## ")[1:] if path.exists() else []


def run(notebook, folder, env):
    """What each code cell prints, and its processor seconds: [(text, seconds)]. Raises RuntimeError if a cell fails."""
    notebook.cells.insert(0, nbformat.v4.new_code_cell(FIRST_CELL, id="kernels"))
    done = run_notebook(
        notebook, folder, PATIENT, {"GRU_COURSE_GRADING": "1", "GRU_COURSE_QUICK": "0", "OMP_NUM_THREADS": "1", **env}
    )
    code = [cell for cell in done.notebook.cells if cell.cell_type == "code"]
    for cell in code:
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                raise RuntimeError(f"{cell.source}\n{output.ename}: {output.evalue}")
    return [(_printed(cell), _seconds(cell)) for cell in code[1:]]


def _printed(cell):
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def _seconds(cell):
    return sum(float(o.data[CPU_MIME]) for o in cell.outputs if CPU_MIME in o.get("data", {}))


def _table_of_times(lesson, runs):
    table = Table("cell", *runs, title="processor time of each cell above 1 s")
    texts = [cell.text for cell in lesson.cells if cell.kind == "code"]
    for index, text in enumerate(texts):
        taken = [cells[index][1] for cells in runs.values()]
        if max(taken) > 1:
            table.add_row(escape(text.strip().splitlines()[0][:70]), *(f"{seconds:.1f}" for seconds in taken))
    return table


def tell_times(shell):
    """Inside a lesson's kernel: show each cell's processor seconds after its outputs."""
    import time

    from IPython.display import display

    began = []
    shell.events.register("pre_run_cell", lambda info: began.append(time.process_time()))
    shell.events.register(
        "post_run_cell",
        lambda result: display({CPU_MIME: f"{time.process_time() - began.pop():.3f}"}, raw=True) if began else None,
    )


def check_core():
    """Inside a lesson's kernel: raise unless OpenBLAS took the kind of processor that it was told to."""
    import os

    import numpy  # noqa: F401 (which loads OpenBLAS)

    told, took = os.environ["OPENBLAS_CORETYPE"], openblas_core()
    if took not in (told, None):
        raise RuntimeError(f"OPENBLAS_CORETYPE is {told}, but OpenBLAS runs the code for {took}")


def numbers(text):
    """The numbers of a text: [{"text", "value", "digits" after the point, "percent", "power"}]."""
    found = []
    for match in NUMBER.finditer(text):
        if match["power"]:
            exponent = int(match["exponent"].replace("−", "-"))
            found.append({"text": match[0], "value": 10.0**exponent, "digits": 0, "percent": False, "power": True})
            continue
        plain = re.sub("[ ,]", "", match["value"])
        mantissa, _, exponent = plain.partition("e")
        digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
        value = float(plain) * (-1 if match["sign"] else 1)
        found.append(
            {"text": match[0], "value": value, "digits": digits, "percent": bool(match["percent"]), "power": False}
        )
    return found


def agree(said, printed):
    """Whether a printed number is the one that the prose states, as exactly as the prose states it."""
    if said["power"]:
        return printed["value"] > 0 and 10**-0.5 <= printed["value"] / said["value"] <= 10**0.5
    values = [printed["value"]]
    if said["percent"] != printed["percent"]:
        values = [100 * printed["value"] if said["percent"] else printed["value"] / 100]
    places = min(said["digits"], printed["digits"] - 2 * (said["percent"] and not printed["percent"]))
    return any(abs(abs(v) - abs(said["value"])) <= 0.500001 * 10.0**-places for v in values)


if __name__ == "__main__":
    main()
