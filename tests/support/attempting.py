"""Have a job judged in this process, and wait for the result."""

import asyncio

from grader.classroom import attempts


def attempt(job):
    """The Judged or Failed of a job."""
    return asyncio.run(attempts.attempt(job))
