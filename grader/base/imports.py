"""What a process of the course need not load."""

import sys


def skip_unused_grammars():
    """Outside a notebook, let `jsonschema` be imported without its checks of international addresses (IRI).

    No notebook's schema has one. jsonschema 4.26.0 imports rfc3987-syntax 1.1.0 for them, which compiles 38 grammars at
    every start of a program: with it ``import nbformat`` took 1.4 s of processor time, and without it 0.15 s.
    """
    if "IPython" not in sys.modules:
        sys.modules.setdefault("rfc3987_syntax", None)  # to whoever asks, it is not installed
