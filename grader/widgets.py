"""Things to move by hand in a notebook."""


def gate_explorer():
    pass
