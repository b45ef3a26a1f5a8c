"""Keep what an exercise asks for out of reach of the answer: calling it would be no answer."""

import contextlib
import inspect


@contextlib.contextmanager
def out_of_reach(*references):
    """Within the body, these functions and classes refuse to work, under whatever name they were imported."""
    with contextlib.ExitStack() as undo:
        for reference in map(inspect.unwrap, references):
            for owner, name, broken in _ways_in(reference):
                undo.callback(setattr, owner, name, getattr(owner, name))
                setattr(owner, name, broken)
        yield


def _ways_in(reference):
    """What must be replaced: a function's code, and all methods of a class."""
    if isinstance(reference, type):
        return [(reference, name, refuse) for name, method in vars(reference).items() if inspect.isfunction(method)]
    return [(reference, "__code__", refuse.__code__)]


def refuse(*args, **kwargs):
    """What stands in a reference's place: raises PermissionError."""
    # A builtin exception: in the reference's place, no name of this module is known.
    raise PermissionError("this is the one that the exercise asks you to write")
