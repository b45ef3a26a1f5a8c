"""Notebooks as data: read them whatever is in them, see what their cells define, run them."""
