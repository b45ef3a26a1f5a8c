"""An answer in its own process: what it is, and what happens when it is called. Nothing here knows the right answer.

A learner's notebook and a judge's sandbox use the same code.
"""
