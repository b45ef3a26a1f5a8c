#!/usr/bin/env bash
# nbgrader 0.9.6: importing the package alone starts up two web servers' code and a database layer.
#
# A program that only computes the checksum of one cell needs nbgrader.utils.compute_checksum, which is a few lines around
# hashlib. Importing it loads nbgrader's __init__, which imports all its server extensions: jupyter_server, notebook, tornado,
# and SQLAlchemy for the gradebook, although no server runs and no gradebook is opened. A process that is forked from such a
# one, or a cell that imports nbgrader while it is graded, carries all of that.
#
# Seen: 1,300 to 1,400 modules, among them jupyter_server, notebook, tornado and sqlalchemy.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q nbgrader==0.9.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys

before = len(sys.modules)
from nbgrader.utils import compute_checksum
from nbformat.v4 import new_code_cell

cell = new_code_cell("1 + 1", metadata={"nbgrader": {"grade": True, "points": 1, "grade_id": "sum", "cell_type": "code"}})
print("the checksum of a cell:", compute_checksum(cell))
loaded = {name.partition(".")[0] for name in sys.modules} & {"jupyter_server", "notebook", "tornado", "sqlalchemy"}
print(f"{len(sys.modules) - before} modules were imported for it, among them those of {', '.join(sorted(loaded))}")
sys.exit(loaded != {"jupyter_server", "notebook", "tornado", "sqlalchemy"})
PY
