#!/usr/bin/env bash
# nbgrader 0.9.6: to read one student's score, the database reads the grades of the whole class.
#
# A score is not stored. nbgrader.api computes it with a subquery: the sum of the rows of the table `grade` that belong to
# the submission (grade.notebook_id). That table has two indexes: its primary key, and the unique pair (cell_id,
# notebook_id), which begins with the other column. So there is no way from a submission to its grades but to look at every
# grade there is. The time to read one score grows with the gradebook, and that to list a class's scores with its square.
# `comment` is built in the same way. PostgreSQL gets the same indexes from the same definitions.
#
# Seen: SQLite's plan says SCAN grade, and it takes 3.6 times as many steps to read the same student's score when 80
# students have handed in as when 20 have (1,660 and 460); with an index on grade.notebook_id the plan says SEARCH, and it
# takes 77.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q nbgrader==0.9.6 SQLAlchemy==2.1.9
cd "$folder"
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" - <<'PY'
import logging
import sys
import warnings

from nbgrader.api import Gradebook, SubmittedNotebook
from sqlalchemy import select, text

logging.disable()
warnings.simplefilter("ignore")


def steps(gb, student):
    """How many instructions SQLite takes to read one score."""
    count = 0

    def step():
        nonlocal count
        count += 1

    entry = gb.find_submission_notebook("hw", "hw", student).id
    query = str(select(SubmittedNotebook.score).where(SubmittedNotebook.id == entry).compile(compile_kwargs={"literal_binds": True}))
    connection = gb.db.connection().connection.driver_connection
    plan = {row[3].split(" USING")[0] for row in connection.execute(f"explain query plan {query}")}
    connection.set_progress_handler(step, 1)
    connection.execute(query).fetchall()
    connection.set_progress_handler(None, 1)
    return count, next(line for line in plan if line.endswith(" grade"))


seen = []
with Gradebook("sqlite:///gradebook.db") as gb:
    gb.add_assignment("hw")
    gb.add_notebook("hw", "hw")
    for n in range(5):
        gb.add_grade_cell(f"cell{n}", "hw", "hw", max_score=1, cell_type="code")
    for n in range(80):
        gb.add_student(f"s{n}")
        gb.add_submission("hw", f"s{n}")
        if n + 1 in (20, 80):
            seen.append(steps(gb, "s0"))
            print(f"{n + 1} students: {seen[-1][0]} steps for one score; {seen[-1][1]}")
    gb.db.execute(text("create index of_notebook on grade (notebook_id)"))
    seen.append(steps(gb, "s0"))
    print(f"80 students, with an index on grade.notebook_id: {seen[-1][0]} steps; {seen[-1][1]}")
(few, scan), (many, again), (indexed, search) = seen
print(f"{many / few:.1f} times the steps for 4 times the class")
sys.exit(not (scan == again == "SCAN grade" and search == "SEARCH grade" and many > 3 * few and indexed < few))
PY
