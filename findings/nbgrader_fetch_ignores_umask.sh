#!/usr/bin/env bash
# nbgrader 0.9.6: what a student fetches can be read by everybody, whatever the student's umask.
#
# An administrator who starts all servers with umask 077 expects new files to be private. Fetching copies an assignment with
# shutil.copytree, which copies permissions, too, and in the exchange all users may read it: 755 and 644. A notebook keeps
# these permissions when JupyterLab saves the student's answers in it. So whoever may enter the home folder can read them;
# useradd on Debian makes it with 755. Homes have to be closed.
#
# Seen: 755 and 644, with umask 077.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q nbgrader==0.9.6
export HOME="$work/home" JUPYTER_CONFIG_DIR="$work/settings" JUPYTER_DATA_DIR="$work/data" PATH="$work/venv/bin:$PATH"
mkdir -p "$HOME" "$JUPYTER_CONFIG_DIR" "$work/class/release/ps1" "$work/student"
cat > "$JUPYTER_CONFIG_DIR/nbgrader_config.py" <<PY
c = get_config()
c.CourseDirectory.course_id = "course"
c.Exchange.root = "$work/exchange"
PY
python - "$work/class/release/ps1/ps1.ipynb" <<'PY'
import sys

import nbformat

nbformat.write(nbformat.v4.new_notebook(), sys.argv[1])
PY
umask 077
mkdir "$work/exchange"
chmod 777 "$work/exchange"
(cd "$work/class" && nbgrader db assignment add ps1 && nbgrader release_assignment ps1) 2>/dev/null
(cd "$work/student" && nbgrader fetch_assignment ps1) 2>/dev/null
seen=$(stat -c %a "$work/student/ps1" "$work/student/ps1/ps1.ipynb" | tr '\n' ' ')
echo "fetched with umask $(umask): $seen"
test "$seen" = "755 644 "
