#!/usr/bin/env bash
# scikit-learn 1.9.1: weighted kappa weighs marks by their rank among those that occur, not by their value.
#
# `cohen_kappa_score(a, b, weights="quadratic")` numbers the labels that somebody gave, 0, 1, 2, …, and squares the
# differences of these numbers. With marks of 0, 1 and 4 points, 1 and 4 are then as close as 0 and 1. Half points are
# refused altogether ("continuous"). Give integers, and name every possible mark in `labels`.
#
# Seen: "as it is: 0.64", "with every possible mark: 0.29", "with half points: ValueError".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q scikit-learn==1.9.1
"$work/venv/bin/python" - <<'PY'
import sys

from sklearn.metrics import cohen_kappa_score

one, other = [0, 1, 4, 4], [0, 4, 4, 1]
by_rank = cohen_kappa_score(one, other, weights="quadratic")
by_value = cohen_kappa_score(one, other, weights="quadratic", labels=range(5))
print(f"as it is: {by_rank:.2f}")
print(f"with every possible mark: {by_value:.2f}")
try:
    cohen_kappa_score([0, 0.5, 1], [0, 1, 1], weights="quadratic")
    refused = False
except ValueError as e:
    refused = True
    print(f"with half points: {type(e).__name__}")
if not (refused and abs(by_rank - 7 / 11) < 1e-12 and abs(by_value - 5 / 17) < 1e-12):
    sys.exit("scikit-learn behaves differently now")
PY
