"""Learning management systems (LMS): what they export comes in, and marks go out to them.

`systems` lists them, a module for each. `sort` finds the owners of the files of a download, with what `people` and `plain`
know beside the systems. `exporting`, `matching` and `sheets` are what every import file needs.
"""

from grader.classroom.lms.sorting import sort
from grader.classroom.lms.systems import LAYOUTS, RECOGNISED, SYSTEMS, TAKING_MARKS

__all__ = ["LAYOUTS", "RECOGNISED", "SYSTEMS", "TAKING_MARKS", "sort"]
