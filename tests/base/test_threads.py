"""A lesson computes with one thread, even if its kernel's environment asked for more; a script is left alone."""

import json
import os
import subprocess
import sys

import nbformat
import pytest

from grader.base import threads
from grader.learner.lab import environment
from grader.notebook.execution import run_notebook

FOUR = dict.fromkeys(threads.ENVIRONMENT, "4")
COUNT = """
import json, os
from threadpoolctl import threadpool_info
pools = {(pool["user_api"], pool["filepath"].rsplit("/", 1)[-1]): pool["num_threads"] for pool in threadpool_info()}
print(json.dumps([sorted(set(pools.values())), sorted({api for api, _ in pools}), torch.get_num_threads()]))
"""


def test_in_a_notebook_all_that_is_loaded_has_one_thread(tmp_path):
    pytest.importorskip("threadpoolctl")
    cells = ["import numpy as np\nimport scipy.linalg\nimport torch\nfrom grader import check", COUNT]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    *_, told = run_notebook(notebook, tmp_path, env=FOUR).notebook.cells[1].outputs
    counts, kinds, of_torch = json.loads(told.text)
    assert (counts, of_torch) == ([1], 1)
    assert kinds == ["blas", "openmp"]


def test_what_is_loaded_later_has_one_thread_too(tmp_path):
    cells = ["from grader import check", "import torch\nprint(torch.get_num_threads())"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    (told,) = run_notebook(notebook, tmp_path, env=FOUR).notebook.cells[1].outputs
    assert told.text == "1\n"


def test_a_script_keeps_the_threads_that_it_was_given():
    code = "import os, grader; print(os.environ['OMP_NUM_THREADS'])"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **FOUR}, capture_output=True, text=True)
    assert done.stdout == "4\n", done.stderr


def test_the_lab_starts_kernels_that_never_have_more():
    assert threads.ENVIRONMENT.items() <= environment().items()
