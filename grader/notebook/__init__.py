"""Notebooks as data: read them even if damaged, see what their cells define, run them."""
