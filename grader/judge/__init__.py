"""Judging a submission from outside of its process: the protocol, the sandbox, and the session that drives it."""
