#!/usr/bin/env bash
# nbgrader 0.9.6: with the exchange's permissions that it sets, every student can replace the course's folder in it.
#
# The exchange has to be writable for everybody, and release_assignment changes any other permissions to 777. In such a
# folder everybody may rename what belongs to others: a student moves the course's folder away, and puts one of their own in
# its place, from which the others then fetch, and into which they submit. With the sticky bit, mode 1777, only owners can
# rename, and nbgrader, which does not look at this bit, lets it be.
#
# Seen: 700 becomes 777, and another user renames the folder; 1777 stays, and nobody does. Needs root, for the other user.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q nbgrader==0.9.6
export HOME="$work/home" JUPYTER_CONFIG_DIR="$work/settings" JUPYTER_DATA_DIR="$work/data" PATH="$work/venv/bin:$PATH"
mkdir -p "$HOME" "$JUPYTER_CONFIG_DIR" "$work/class/release/ps1"
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
(cd "$work/class" && nbgrader db assignment add ps1) 2>/dev/null
seen=""
for mode in 700 1777; do
    rm -rf "$work/exchange"
    mkdir -m "$mode" "$work/exchange"
    (cd "$work/class" && nbgrader release_assignment ps1) 2>/dev/null
    if setpriv --reuid=65534 --clear-groups mv "$work/exchange/course" "$work/exchange/mine" 2>/dev/null; then moved=moved; else moved=stays; fi
    seen="$seen$mode: $(stat -c %a "$work/exchange"), $moved. "
done
echo "$seen"
test "$seen" = "700: 777, moved. 1777: 1777, stays. "
