"""Examine an answer to an exercise, and name the mistake in it."""
