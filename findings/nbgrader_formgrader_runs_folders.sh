#!/usr/bin/env bash
# nbgrader 0.9.6: a link to the formgrader runs a Python file of anybody's choice, with the rights of whoever follows it.
#
# JupyterLab's menu has "Formgrader (local)", which opens /formgrader?path=… with the folder that the file browser shows. The
# handler takes any folder of the machine, and loads its nbgrader_config.py, which is a program. So on a hub a student puts
# one into /tmp, or submits one, and whoever is logged in as an instructor and follows the link, or chooses the menu in the
# folder of that submission, runs it.
#
# Seen: the file's program has run, for a folder outside of the server's root.
set -euo pipefail
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q nbgrader==0.9.6 jupyter_server==2.21.1
export HOME="$work/home" JUPYTER_CONFIG_DIR="$work/settings" JUPYTER_DATA_DIR="$work/data" PATH="$work/venv/bin:$PATH"
mkdir -p "$HOME/class" "$work/elsewhere" "$JUPYTER_CONFIG_DIR"
echo "open('$work/ran', 'w').close()" > "$work/elsewhere/nbgrader_config.py"
cd "$HOME/class"
jupyter server --allow-root --no-browser --ServerApp.ip=127.0.0.1 --ServerApp.port=0 --IdentityProvider.token=secret \
    --ServerApp.root_dir="$HOME/class" > "$work/log" 2>&1 &
server=$!
for _ in $(seq 300); do
    port=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$work/log" | head -n 1)
    test -n "$port" && break
    sleep 0.1
done
python - "http://127.0.0.1:$port/formgrader?token=secret&path=$work/elsewhere" <<'PY'
import sys
import urllib.request

print(urllib.request.urlopen(sys.argv[1], timeout=30).status)
PY
if test -e "$work/ran"; then seen="the program has run"; else seen="nothing has run"; fi
echo "$seen"
test "$seen" = "the program has run"
