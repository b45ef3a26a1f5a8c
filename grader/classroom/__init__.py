"""Grade a class: from the submissions to nbgrader's gradebook, a table of grades and a page of feedback for each learner.

nbgrader stays the system of record. What it lacks is done around it: submissions are repaired, each one is isolated from
the others and ends in a named state, and a run that was killed goes on where it stopped.
"""

import gc
import sys

# jsonschema, which nbformat brings, compiles 38 grammars of addresses if it finds this package, in every process: a
# second's work, for a format that no notebook has.
sys.modules.setdefault("rfc3987_syntax", None)

# Most of what is made here stays: to look through it for garbage again and again takes a tenth of a start.
gc.set_threshold(20_000, 20, 20)
