"""From a lesson's source to its notebooks."""


def __getattr__(name):
    # The `nbgrader_config.py` of every class imports this from here. It loads nbgrader, which most other users do not need.
    if name == "PREPROCESSORS":
        from grader.authoring.building import PREPROCESSORS

        return PREPROCESSORS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
