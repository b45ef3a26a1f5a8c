#!/usr/bin/env bash
# jupyter_server 2.21.1 and nbgrader 0.9.6: the command that switches an extension on for one user does nothing, and succeeds.
#
# On a hub one would switch nbgrader's formgrader off for all, and on again for instructors:
#     jupyter server extension disable --sys-prefix nbgrader.server_extensions.formgrader
#     jupyter server extension enable --user nbgrader.server_extensions.formgrader
# The second line says that the module "could not be found. Are you sure the extension is installed?", though it is, and
# ends with exit code 0. `enable` knows only extensions that are configured at that very level already, and nbgrader is
# configured by a file of the environment. So it is with each module that no package has configured: the first line has
# taken effect by then, and what should take its place is off. A file of two lines in jupyter_server_config.d works.
#
# Seen: exit code 0 for both, "disabled" after them for the user too; "enabled" with the file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export JUPYTER_CONFIG_DIR="$work/user" JUPYTER_PREFER_ENV_PATH=0
name=nbgrader.server_extensions.formgrader
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q nbgrader==0.9.6 jupyter_server==2.21.1
state() {
    "$work/venv/bin/python" - "$name" <<'PY'
import sys

from jupyter_core.paths import jupyter_config_path
from jupyter_server.extension.config import ExtensionConfigManager

extensions = ExtensionConfigManager(read_config_path=jupyter_config_path()).get_jpserver_extensions()
print("enabled" if extensions[sys.argv[1]] else "disabled")
PY
}
for words in "disable --sys-prefix" "enable --user"; do
    "$work/venv/bin/jupyter" server extension $words "$name" 2>&1 | grep -i "valid\|success" || true
    echo "jupyter server extension $words: exit code ${PIPESTATUS[0]}"
done
by_command=$(state)
mkdir -p "$work/user/jupyter_server_config.d"
echo "{\"ServerApp\": {\"jpserver_extensions\": {\"$name\": true}}}" > "$work/user/jupyter_server_config.d/$name.json"
by_file=$(state)
echo "after the commands: $by_command; with the file: $by_file"
test "$by_command $by_file" = "disabled enabled"
