"""Keep the function that an exercise asks for out of the answer's reach: calling it would be no answer."""

import contextlib
import inspect


@contextlib.contextmanager
def out_of_reach(*references):
    """Within the body, these functions and classes raise an error, under any name by which they were imported."""
    with contextlib.ExitStack() as undo:
        for reference in map(inspect.unwrap, references):
            for owner, name, broken in _ways_in(reference):
                undo.callback(setattr, owner, name, getattr(owner, name))
                setattr(owner, name, broken)
        yield


def _ways_in(reference):
    """The objects to replace: a function's code, and all methods of a class."""
    if isinstance(reference, type):
        return [(reference, name, refuse) for name, method in vars(reference).items() if inspect.isfunction(method)]
    return [(reference, "__code__", refuse.__code__)]


def refuse(*args, **kwargs):
    """The replacement of a reference: raises PermissionError."""
    # A builtin exception: code in the reference's place cannot see this module's names.
    raise PermissionError("this is the one that the exercise asks you to write")
