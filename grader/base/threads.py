"""One thread for linear algebra in a lesson, however its kernel was started.

The lessons' matrices are small: several threads bring little when a machine is idle, and on a busy one, such as a hub,
they wait for each other at every product. While two other processes kept the two cores busy, lesson 02's longest cell took
61 s (13 s of processor time) with two threads, and 4 s (0.7 s) with one.
"""

import contextlib
import os
import sys

# For libraries that are loaded later, and for processes that the kernel starts.
ENVIRONMENT = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


def use_one_thread():
    """In a notebook, let NumPy, SciPy and PyTorch compute with one thread from now on. Does nothing outside IPython."""
    if not ("IPython" in sys.modules and sys.modules["IPython"].get_ipython()):
        return
    os.environ.update(ENVIRONMENT)
    with contextlib.suppress(ImportError):  # the course was updated, but not its packages: that must not stop a lesson
        from threadpoolctl import threadpool_limits

        threadpool_limits(1)
    torch = sys.modules.get("torch")
    if hasattr(torch, "set_num_threads"):  # a failed import leaves it half loaded
        torch.set_num_threads(1)
