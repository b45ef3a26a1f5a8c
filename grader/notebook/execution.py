"""Run a notebook from its first cell to its last. The one place that knows how code is executed."""

import asyncio
import contextlib
import logging
import os
import subprocess
import time
from dataclasses import dataclass

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from grader.base.limits import Limits

ANSWERS_WITHIN = 10  # seconds, a kernel that was interrupted


@dataclass(frozen=True)
class Run:
    """An executed notebook. `state` is "finished", "crashed" or "timed out"; `reason` explains the latter two."""

    notebook: nbformat.NotebookNode
    state: str
    reason: str = ""


def run_notebook(notebook, folder, limits=None, env=None, on_cell=lambda done, total: None):
    """Execute a copy of `notebook` in a fresh kernel; an error in a cell does not stop the rest.

    A cell that exceeds its time is interrupted. If the kernel dies, or the notebook's time is up, the cells that did not
    run receive an error, so that none of them can count as passed.

    Parameters
    ----------
    notebook : NotebookNode
    folder : working folder of the kernel
    limits : Limits
    env : dict, added to the kernel's environment
    on_cell : called with (cells done, cells in all) after each code cell

    Returns
    -------
    run : Run
    """
    client = NotebookClient(
        nbformat.from_dict(notebook),
        allow_errors=True,
        kernel_name="python3",  # whatever kernel the notebook names: the course runs in this one
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--HistoryManager.hist_file=:memory:", "--log-level=ERROR"],
        shutdown_kernel="immediate",
    )
    client.log.setLevel(logging.CRITICAL)
    return asyncio.run(_run(client, limits or Limits(), {**os.environ, **(env or {})}, on_cell))


async def _run(client, limits, env, on_cell):
    state, reason = "finished", ""
    end = time.monotonic() + limits.notebook
    total = sum(cell.cell_type == "code" for cell in client.nb.cells)
    done = 0
    # Output that bypasses Python, written straight to the process's streams, would land in the caller's terminal.
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    async with client.async_setup_kernel(env=env, **silent):
        for index, cell in enumerate(client.nb.cells):
            if cell.cell_type != "code":
                continue
            done += 1
            if state == "crashed" or time.monotonic() > end:
                _not_run(cell, reason or f"the notebook's {limits.notebook:g} seconds were up")
                state = "timed out" if state == "finished" else state
                continue
            client.timeout = max(1, int(min(limits.cell, end - time.monotonic())))  # nbclient takes integers
            try:
                await client.async_execute_cell(cell, index)
            except CellTimeoutError:
                state, reason = "timed out", f"code cell {done} ran longer than {client.timeout:.0f} seconds"
                _add_error(cell, "CellTimeoutError", reason)
                if not await _interrupted(client):
                    state, reason = "crashed", f"code cell {done} could not be interrupted"
            except DeadKernelError:
                state, reason = "crashed", f"the kernel died in code cell {done}"
                _add_error(cell, "DeadKernelError", reason)
            on_cell(done, total)
    return Run(client.nb, state, reason)


async def _interrupted(client):
    """Interrupt the running cell; returns whether the kernel then answers again."""
    await client.km.interrupt_kernel()
    with contextlib.suppress(Exception):
        await client.kc.wait_for_ready(timeout=ANSWERS_WITHIN)
        return True
    return False


def _not_run(cell, reason):
    cell.outputs = []
    _add_error(cell, "NotRun", f"not run, because {reason}")


def _add_error(cell, name, message):
    cell.outputs.append(nbformat.v4.new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"]))
