#!/usr/bin/env bash
# nbgrader 0.9.6 and NumPy 2: partial credit that a test cell returns as a NumPy number becomes full credit.
#
# A test cell of 5 points may end in a number of points. nbgrader reads it from the text of the cell's output. Up to
# NumPy 1 that text was "2.5"; NumPy 2 writes "np.float64(2.5)", which nbgrader does not take for a number. It then
# gives full points without a word. The same code therefore gives 2.5 points under NumPy 1.26 and 5 under NumPy 2.
# float(...) around the number is the way out. A tensor of PyTorch, "tensor(2.5)", is read in the same way.
#
# Seen: "numpy 1.26.4: output '2.5', points 2.5 of 5" and "numpy 2.2.6: output 'np.float64(2.5)', points 5 of 5".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/ask.py" <<'PY'
import sys

import nbformat
import numpy
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

mark = {"grade": True, "grade_id": "test", "locked": True, "points": 5, "schema_version": 3, "solution": False, "task": False}
cell = nbformat.v4.new_code_cell("import numpy as np\n5 * np.mean([1, 0, 1, 0])", metadata={"nbgrader": mark})
notebook = nbformat.v4.new_notebook(cells=[cell])
NotebookClient(notebook, kernel_name="python3").execute()
(cell,) = notebook.cells
text = cell.outputs[0]["data"]["text/plain"]
points, most = determine_grade(cell)
print(f"numpy {numpy.__version__}: output {text!r}, points {points:g} of {most:g}")
sys.exit(points != float(sys.argv[1]))
PY
for pair in 1.26.4=2.5 2.2.6=5; do
    python3 -m venv "$work/${pair%=*}"
    "$work/${pair%=*}/bin/pip" install -q nbgrader==0.9.6 ipykernel==6.29.5 "numpy==${pair%=*}"
    PATH="$work/${pair%=*}/bin:$PATH" JUPYTER_PATH="$work/${pair%=*}/share/jupyter" "$work/${pair%=*}/bin/python" "$work/ask.py" "${pair#*=}"
done
