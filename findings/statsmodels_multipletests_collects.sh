#!/usr/bin/env bash
# statsmodels 0.15.0: `multipletests` runs Python's garbage collector at every call.
#
# Holm's correction of eight numbers takes microseconds. But the function ends with a full collection, whose time grows with all
# that the process holds: with a million small objects a call takes a hundred times as long and more. Who corrects in a loop, as
# in a simulation of error rates, waits for the collector, and looks for the reason in the wrong place.
#
# Seen: "10 calls, 10 full collections".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q statsmodels==0.15.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import gc
import sys

from statsmodels.stats.multitest import multipletests

full = []
gc.disable()  # so only collections that somebody asks for are counted
gc.callbacks.append(lambda phase, about: full.append(about) if phase == "start" and about["generation"] == 2 else None)
for _ in range(10):
    multipletests([0.01, 0.02, 0.2, 0.5], method="holm")
print(f"10 calls, {len(full)} full collections")
if len(full) < 10:
    sys.exit("statsmodels behaves differently now")
PY
