"""The learning management systems (LMS) that we know: a module for each, and what it can do.

A module defines its `NAME`, as messages write it, and one or both of two jobs:

- recognise a download: ``fits(part, is_folder)`` tells whether something at the top level of a download comes from this
  system; ``sort(files, known, into)`` adds each file with its owner to ``into.owned`` (or to ``into.unidentified``, with the
  reason), and yields the files whose names are not of the system's form. The first field of a `Person` is the module's name;
- write its import file: ``write_marks(path, given, roster, columns)`` writes the `ClassMarks` of a class and returns an
  `Outcome`; `ROSTER` says what file of the LMS's own can be given as `roster`.
"""

from grader.classroom.lms import blackboard, brightspace, canvas, gradescope, moodle, sakai

SYSTEMS = {
    "moodle": moodle, "canvas": canvas, "gradescope": gradescope, "blackboard": blackboard, "brightspace": brightspace,
    "sakai": sakai,
}  # fmt: skip
RECOGNISED = {name: system for name, system in SYSTEMS.items() if hasattr(system, "sort")}
TAKING_MARKS = {name: system for name, system in sorted(SYSTEMS.items()) if hasattr(system, "write_marks")}
LAYOUTS = (*RECOGNISED, "folders", "files", "sections")
