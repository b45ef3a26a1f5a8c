#!/usr/bin/env bash
# Importing nbformat compiles 38 grammars for a check that no notebook needs.
#
# jupyter-events 0.12.1, which every Jupyter server installs, asks for jsonschema[format-nongpl]. With that extra,
# jsonschema 4.26.0 imports rfc3987-syntax 1.1.0, which builds a Lark parser for each rule of the grammar of international
# addresses when it is imported. nbformat 5.11.1 imports jsonschema, and no schema of a notebook has such an address.
# So each program that reads a notebook starts several times as slowly as in an environment without Jupyter's server.
# Seen: 39 parsers, 1.3 s of processor time, and 0.15 s where the package cannot be found.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q nbformat==5.11.1 jupyter-events==0.12.1 jsonschema==4.26.0 rfc3987-syntax==1.1.0 lark==1.3.1

cat > "$folder/show.py" <<'PYTHON'
import subprocess
import sys

PARSERS = """
import lark
made, start = [], lark.Lark.__init__
lark.Lark.__init__ = lambda self, *args, **options: (made.append(self), start(self, *args, **options))[1]
import nbformat
print(len(made))
"""
SECONDS = """
import sys, time
if "without" in sys.argv:
    sys.modules["rfc3987_syntax"] = None
begun = time.process_time()
import nbformat
print(time.process_time() - begun)
"""


def run(code, *arguments):
    return float(subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True).stdout)


parsers = int(run(PARSERS))
with_it, without = (min(run(SECONDS, *words) for _ in range(3)) for words in ((), ("without",)))
print(f"parsers built by `import nbformat`: {parsers}")
print(f"processor time: {with_it:.2f} s, and {without:.2f} s without rfc3987-syntax: {with_it / without:.1f} times")
assert parsers >= 38 and with_it > 3 * without
PYTHON
"$folder/venv/bin/python" "$folder/show.py"
