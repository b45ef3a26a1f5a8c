"""Limits on a cell's output: the process that runs it stops there, and the judge enforces them."""

MOST_OUTPUTS = 50  # of each kind, in one cell
MOST_ERRORS = 5
MOST_CLEARINGS = 1_000
LARGEST_PICTURE = 1_000_000  # bytes
LONGEST_NAME, LONGEST_MESSAGE, LONGEST_TRACEBACK = 100, 2_000, 20_000  # characters in an error
CUT = "… cut short …"


def shortened(lines, room=LONGEST_TRACEBACK):
    """A traceback's lines, without those in the middle if they exceed the limit on characters."""
    text = "\n".join(lines)
    half = room // 2
    return lines if len(text) <= room else [*text[:half].splitlines(), CUT, *text[-half:].splitlines()]
