"""Grade a class: from the submissions to nbgrader's gradebook, a table of grades and a page of feedback for each learner.

nbgrader remains the system of record. This package adds what it lacks: submissions are repaired, each one is isolated
from the others and ends in a named state, and a run that was killed continues where it stopped.
"""

import gc
import sys

# jsonschema, which nbformat needs, compiles 38 grammars of addresses in every process if it finds this package: a
# second's work, for a format that no notebook uses.
sys.modules.setdefault("rfc3987_syntax", None)

# Most objects made here stay alive: searching them for garbage again and again takes a tenth of the start.
gc.set_threshold(20_000, 20, 20)
