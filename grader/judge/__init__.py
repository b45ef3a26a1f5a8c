"""Judging a hand-in from outside of its process: the protocol, the sandbox, and the session that drives it."""
