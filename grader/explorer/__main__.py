"""``make explorer``: write the gate explorer into ``docs/gates.html``."""

from grader.base.paths import course_root
from grader.explorer.page import PLACE, explorer_page

path = course_root() / PLACE
path.write_text(explorer_page(), encoding="utf-8", newline="\n")
print(f"wrote {path}: {path.stat().st_size:,} bytes")
