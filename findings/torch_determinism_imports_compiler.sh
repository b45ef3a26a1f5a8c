#!/usr/bin/env bash
# PyTorch 2.13.0: to switch deterministic algorithms *off* imports its compiler, and so does the first optimiser.
#
# `torch.use_deterministic_algorithms(False)` is what a program calls that wants PyTorch as it is after its import: it changes
# nothing. But it sets an option of torch._inductor, too, and imports it for that, hundreds of modules, which takes about as long as
# the import of torch itself. Compare with `torch.are_deterministic_algorithms_enabled()` first, which imports nothing. The
# first `torch.optim.Adam(…)` imports torch._dynamo in the same way, so a training whose first step is timed seems slow.
#
# Seen: "False: torch._inductor imported", "asked only: not imported", "first Adam: torch._dynamo imported".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import subprocess
import sys


def imports(code, module):
    """Whether a fresh process has imported the module after this code, which it had not after `import torch`."""
    program = f"import sys, torch\nassert {module!r} not in sys.modules\n{code}\nprint({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


off = imports("torch.use_deterministic_algorithms(False)", "torch._inductor")
asked = imports("torch.are_deterministic_algorithms_enabled()", "torch._inductor")
adam = imports("torch.optim.Adam([torch.zeros(1, requires_grad=True)])", "torch._dynamo")
told = {True: "imported", False: "not imported"}
print(f"False: torch._inductor {told[off]}\nasked only: {told[asked]}\nfirst Adam: torch._dynamo {told[adam]}")
if (off, asked, adam) != (True, False, True):
    sys.exit("PyTorch behaves differently now")
PY
