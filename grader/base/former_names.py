"""Modules that have moved can still be imported by the names that they had: scripts outside of this project use some."""

import importlib
import importlib.abc
import importlib.util
import sys
import warnings

# Each package, and the modules in it that had another place: "new name" or "former name=new name".
_MOVED = {
    "base": "errors limits wording threads timing tensors settings quick cards predictions compare paths classroom.files=files",
    "answer": "calling reach uses outside=outer_names judge.inside.checking=description",
    "exercises": "exercise mistakes drawing general",
    "checking": "answers cases parts results pictures diagnosis advice verdict copied_lines",
    "notebook": "classroom.bindings=bindings classroom.written=written classroom.notebooks=reading execution",
    "authoring": "source links",
    "learner": "undefined widgets course_map map_cards model_answers lab update carry lesson_check student=tools standin=stand_in store=progress_log",
    "judge.guest": " ".join(
        f"judge.inside.{name}={name}"
        for name in [
            "asking",
            "bounds",
            "client",
            "grader_package",
            "jail",
            "kernel",
            "seccomp",
            "shell",
            "warm",
            "watch",
        ]
    ),
    "classroom": "classroom.lesson=assignment classroom.lessons=preparation classroom.report=grades "
    "classroom.dispatch=scheduler classroom.worker=worker_process classroom.work=attempts classroom.handins=submissions "
    "classroom.fresh=fresh_process",
}
FORMER = {"grader.judge.inside": "grader.judge.guest"}
for _room, _names in _MOVED.items():
    for _entry in _names.split():
        _old, _, _new = _entry.partition("=")
        FORMER[f"grader.{_old}"] = f"grader.{_room}.{_new or _old}"


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Asked first: the folder of a package under its former name would give its modules a second time."""

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name in FORMER else None

    def create_module(self, spec):
        warnings.warn(f"{spec.name} is called {FORMER[spec.name]} now", DeprecationWarning, stacklevel=2)
        module = importlib.import_module(FORMER[spec.name])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = module.__spec__.loader_state  # its own: it is the same module under both names


def keep_former_names():
    """From now on, find a moved module by its former name, too; with a DeprecationWarning."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
