#!/usr/bin/env bash
# statsmodels 0.15.0: AutoReg's intervals do not widen with the horizon if the forecast begins inside the sample.
#
# `get_prediction(start, end, dynamic=True)` feeds forecasts back, as it should, but gives each of them the standard error of
# one step ahead. `forecast` beyond the end of the sample has the right one, which grows. So intervals of 95% for the last 20
# values of a sample hold far fewer of them 20 steps ahead, and nothing says so. Fit to what was known at the origin, and forecast
# beyond its end.
#
# Seen: "inside the sample: 1.00 1.00 1.00", "beyond its end: 1.00 1.95 2.28" (1, 6 and 20 steps ahead, in units of the noise).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q statsmodels==0.15.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import sys

import numpy as np
from statsmodels.tsa.ar_model import AutoReg

rng = np.random.default_rng(0)
noise, y = rng.normal(size=2020), np.zeros(2020)
for t in range(1, 2020):
    y[t] = 0.9 * y[t - 1] + noise[t]


def errors(prediction):
    return np.asarray(prediction.se_mean)[[0, 5, 19]]


inside = errors(AutoReg(y, 1).fit().get_prediction(2000, 2019, dynamic=True))
beyond = errors(AutoReg(y[:2000], 1).fit().get_prediction(2000, 2019))
for name, size in (("inside the sample", inside), ("beyond its end", beyond)):
    print(f"{name}: " + " ".join(f"{s:.2f}" for s in size))
if not (np.ptp(inside) < 1e-6 and beyond[2] > 2 * beyond[0]):
    sys.exit("statsmodels behaves differently now")
PY
