#!/usr/bin/env bash
# torch 2.13.0 with onnxscript 0.7.0: an exported nn.GRU is another network, and nothing says so.
#
# torch.onnx.export, by its default exporter, writes ONNX's operator GRU with linear_before_reset = 0: a GRU that resets
# before the matrix product. PyTorch's resets after it, linear_before_reset = 1. The file is valid, it loads and runs, its
# shapes and weights are right, and its numbers are wrong; the more so, the larger the weights that read the state.
# onnxscript 0.7.1 writes a 1, and so does the older exporter, dynamo=False.
#
# Seen: "onnxscript 0.7.0: linear_before_reset 0, outputs apart by 0.45; dynamo=False apart by 2e-07" and
# "onnxscript 0.7.1: linear_before_reset 1, outputs apart by 2.4e-07; dynamo=False apart by 2e-07".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/ask.py" <<'PY'
import io
import logging
import sys
import warnings

import onnx
import onnxruntime
import onnxscript
import torch

warnings.simplefilter("ignore")
logging.disable()
torch.manual_seed(0)
xs = torch.randn(5, 2, 3)
gru = torch.nn.GRU(3, 4).eval()
with torch.no_grad():
    for p in gru.parameters():
        p.mul_(3)
wanted = gru(xs)[0].detach().numpy()


def apart(model):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return abs(session.run(None, {session.get_inputs()[0].name: xs.numpy()})[0] - wanted).max()


model = torch.onnx.export(gru, (xs,), verbose=False).model_proto
(reset,) = [a.i for n in model.graph.node for a in n.attribute if a.name == "linear_before_reset"]
older = io.BytesIO()
torch.onnx.export(gru, (xs,), older, dynamo=False)
new, old = apart(model.SerializeToString()), apart(older.getvalue())
print(
    f"onnxscript {onnxscript.__version__}: linear_before_reset {reset}, outputs apart by {new:.2g}; "
    f"dynamo=False apart by {old:.0e}"
)
sys.exit(not (reset == int(sys.argv[1]) and (new > 0.1) == (reset == 0) and old < 1e-5))
PY
for pair in 0.7.0=0 0.7.1=1; do
    python3 -m venv "$work/${pair%=*}"
    "$work/${pair%=*}/bin/pip" install -q torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 "onnxscript==${pair%=*}"
    "$work/${pair%=*}/bin/python" "$work/ask.py" "${pair#*=}"
done
