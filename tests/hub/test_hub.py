"""A real JupyterHub with an instructor and two students: lesson 03 goes out and comes back, and nobody reads another's.

The machine is set up by the commands of docs/instructors.md, as they are written there. `make hub-test` runs this.
"""

import csv
import os
import re
import secrets
import shlex
import socket
import subprocess
import sys
import time

import nbformat
import pytest
from playwright.sync_api import expect

from grader.authoring.source import read_lesson
from grader.base.paths import course_root
from grader.doctor import browser_path
from grader.notebook.reading import grade_id
from tests.support.browsing import answers
from tests.support.guide import commands_of, run_on_a_machine
from tests.support.machines import Machine, what_is_missing

pytestmark = pytest.mark.hub
LESSON = "03_gates"
INSTRUCTOR, RIGHT, WRONG = "prof", "ada", "bob"
STUDENTS = (RIGHT, WRONG)
OPT = "/opt/gru-course"
CLASS = f"/home/{INSTRUCTOR}/gru101"
EXCHANGE = "/srv/nbgrader/exchange/gru101"
PROXY = course_root() / "build" / "hub" / "node_modules" / ".bin"
MISTAKE = ("p.W_iz, p.W_hz, p.b_iz, p.b_hz", "p.W_ir, p.W_hr, p.b_ir, p.b_hr")
QUESTION, ANSWER = "why_two_gates", "Keep: z near 1. With one gate, the third is lost."
NAMED = "This is the reset gate"


@pytest.fixture(scope="module")
def machine():
    """A machine on which an administrator did what the guide says, except for what needs the network."""
    missing = what_is_missing()
    if not missing and browser_path() is None:
        missing = "there is no Chromium"
    if not missing and not (PROXY / "configurable-http-proxy").exists():
        missing = "configurable-http-proxy is not in build/hub: `make hub-test` installs it"
    if missing:
        (pytest.fail if os.environ.get("GRU_COURSE_HUB") == "required" else pytest.skip)(missing)
    root = course_root()
    # An environment of this checkout's imports the course from there, and a machine's from /opt.
    with Machine([root, sys.prefix, sys.base_prefix], {"PYTHONPATH": OPT}) as machine:
        machine.run("root", "bash", "-c", f"mkdir {OPT} && mount --bind '{root}' {OPT}")
        machine.run("root", "bash", "-c", f"test -e {OPT}/.venv || ln -s '{sys.prefix}' {OPT}/.venv")
        settings, accounts = run_on_a_machine()
        password = secrets.token_hex(8)
        for block in (*settings, accounts, accounts.partition("install")[2].partition("\n")[2].replace(RIGHT, WRONG)):
            machine.run("root", "bash", "-euc", f"umask 022\n{block}", cwd=OPT, given=f"{password}\n" * 4)
        machine.password = password
        yield machine


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def hub(machine, tmp_path_factory):
    """The hub, started as deploy/jupyterhub.service does, but at free ports; gives its address."""
    unit = (course_root() / "deploy" / "jupyterhub.service").read_text(encoding="utf-8")
    (command,), (folder,) = (re.findall(f"^{name}=(.*)$", unit, re.M) for name in ("ExecStart", "WorkingDirectory"))
    (path,) = re.findall(r"^Environment=PATH=(.*)$", unit, re.M)
    url, log = f"http://127.0.0.1:{free_port()}", tmp_path_factory.mktemp("hub") / "log.txt"
    ports = (
        f"--JupyterHub.bind_url={url}", f"--JupyterHub.hub_bind_url=http://127.0.0.1:{free_port()}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{free_port()}",
    )  # fmt: skip
    with log.open("w") as out:
        process = machine.start(
            "root", *command.split(), *ports, cwd=folder, environment={"PATH": f"{path}:{PROXY}"},
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not answers(f"{url}/hub/health"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, f"no answer within 60 s:\n{log.read_text()}"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def logged_in(hub, machine, browser):
    """A page for each user, who has logged in, and whose server starts."""
    contexts, pages = [], {}
    for user in (INSTRUCTOR, *STUDENTS):
        contexts.append(browser.new_context(viewport={"width": 1300, "height": 900}))
        contexts[-1].set_default_timeout(60_000)
        pages[user] = page = contexts[-1].new_page()
        page.goto(f"{hub}/hub/login")
        page.fill("#username_input", user)
        page.fill("#password_input", machine.password)
        page.click("#login_submit")
    yield pages
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def labs(logged_in, screenshots):
    """A page with JupyterLab for each user."""
    for user, page in logged_in.items():
        page.wait_for_url(f"**/user/{user}/lab**", timeout=90_000)
        expect(page.locator(".lm-MenuBar-item", has_text="Nbgrader")).to_be_visible(timeout=60_000)
        page.screenshot(path=screenshots / f"hub-{user}.png")
    return logged_in


@pytest.fixture(scope="module")
def released(machine, labs):
    """The instructor has made the class and released the lesson, with the guide's commands, when their server ran already."""
    as_instructor(machine, commands_of("The instructor")[0])


def as_instructor(machine, commands):
    """Run commands in a terminal of the instructor's JupyterLab, which is a login shell."""
    own = {"PATH": "/usr/bin:/bin", "JUPYTER_CONFIG_PATH": "/srv/jupyter/instructors", "JUPYTER_PREFER_ENV_PATH": "1"}
    return machine.run(INSTRUCTOR, "bash", "-lc", f"set -eu; umask 077\n{commands}", environment=own).stdout


def offered(page):
    """What the menu Nbgrader offers."""
    page.locator(".lm-MenuBar-item", has_text="Nbgrader").click()
    items = page.locator(".lm-Menu-itemLabel")
    expect(items.first).to_be_visible()
    found = {text for text in items.all_inner_texts() if text}
    page.keyboard.press("Escape")
    return found


def open_panel(page, name):
    page.locator(".lm-MenuBar-item", has_text="Nbgrader").click()
    page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()


@pytest.fixture(scope="module")
def fetched(labs, released):
    """Both students have fetched the lesson."""
    for student in STUDENTS:
        open_panel(labs[student], "Assignment List")
        labs[student].locator("#released_assignments_list .list_item", has_text=LESSON).get_by_role("button", name="Fetch").click()  # fmt: skip
    for student in STUDENTS:
        expect(labs[student].locator("#fetched_assignments_list .list_item", has_text=LESSON).first).to_be_visible()


def solved(text, wrong=False):
    """The notebook as it was handed out, solved; if `wrong`, with the reset gate for the update gate."""
    notebook = nbformat.reads(text, as_version=4)
    source = read_lesson(course_root() / "solutions" / f"{LESSON}.py")
    answers = {c.markers["solution"]: c.text for c in source.cells if "solution" in c.markers}
    if wrong:
        assert MISTAKE[0] in answers["update_gate"]
        answers["update_gate"] = answers["update_gate"].replace(*MISTAKE)
    cells = {grade_id(cell): cell for cell in notebook.cells}
    for name, answer in {**answers, QUESTION: ANSWER}.items():
        cells[name].source = answer
    return nbformat.writes(notebook)


@pytest.fixture(scope="module")
def validated(machine, labs, fetched, screenshots):
    """Both students have saved their answers, and clicked Validate; gives what they were told."""
    path = f"{LESSON}/{LESSON}.ipynb"
    for student in STUDENTS:
        handed_out = machine.run(student, "cat", path).stdout
        machine.run(student, "bash", "-c", f"cat > {path}", given=solved(handed_out, wrong=student == WRONG))
        row = labs[student].locator("#fetched_assignments_list .list_item", has_text=LESSON).first
        row.locator("a.assignment-notebooks-link").click()
        row.get_by_role("button", name="Validate").click()
    said = {}
    for student in STUDENTS:
        dialog = labs[student].locator(".jp-Dialog", has_text="Validation Results")
        expect(dialog).to_be_visible(timeout=120_000)
        said[student] = dialog.inner_text()
        labs[student].screenshot(path=screenshots / f"hub-validated-{student}.png")
    return said


def in_list(page, which):
    """The row of the lesson in one of the three lists of Assignment List."""
    return page.locator(f"#{which}_assignments_list .list_item", has_text=LESSON).first


@pytest.fixture(scope="module")
def submitted(labs, validated):
    for student in STUDENTS:
        labs[student].locator(".jp-Dialog").get_by_role("button", name="Ok").click()
        in_list(labs[student], "fetched").get_by_role("button", name="Submit").click()
    for student in STUDENTS:
        expect(in_list(labs[student], "submitted")).to_be_visible()


@pytest.fixture(scope="module")
def graded(machine, submitted):
    """The instructor has collected, graded and released feedback, with the guide's commands; gives what they said."""
    _, commands = commands_of("The instructor")
    return as_instructor(machine, commands)


@pytest.fixture(scope="module")
def feedback(labs, graded):
    """Each student has fetched the page of feedback, and opened it from its folder; gives the frames that show it."""
    frames = {}
    for student in STUDENTS:
        labs[student].locator("#refresh_assignments_list").click()
        labs[student].get_by_role("button", name="Fetch Feedback").click()
    for student in STUDENTS:
        labs[student].locator("#submitted_assignments_list").get_by_text("(view feedback)").click()
        labs[student].locator(".jp-DirListing-item", has_text=f"{LESSON}.html").dblclick()
        frames[student] = labs[student].frame_locator(".jp-HTMLViewer iframe")
    return frames


def test_who_sees_which_panels(labs):
    assert {"Formgrader", "Create assignment", "Assignment List"} <= offered(labs[INSTRUCTOR])
    for student in STUDENTS:
        assert offered(labs[student]) == {"Assignment List"}


def test_validate_says_what_is_wrong(validated):
    assert NAMED in validated[WRONG]
    assert "Success" in validated[RIGHT]


ANSWERED = """
import gru_ref
from grader import check

def update_gate(x, h, p):
    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)

check(update_gate)
"""


def test_what_a_student_has_solved_is_recorded_for_them_alone(machine, fetched):
    """In their data folder: the course's own folder belongs to the administrator. Validate records nothing."""
    machine.run(RIGHT, "bash", "-lc", f"python -c {shlex.quote(ANSWERED)}")
    shown = {student: machine.run(student, "bash", "-lc", "gru-course progress").stdout for student in STUDENTS}
    assert "✓ update_gate" in shown[RIGHT]
    assert "update_gate" not in shown[WRONG]
    machine.run(RIGHT, "test", "-s", f"/home/{RIGHT}/.local/share/gru-course/progress.jsonl")


def test_the_instructor_grades_in_the_sandbox_as_an_ordinary_user(machine, graded):
    table = machine.run(INSTRUCTOR, "cat", f"{CLASS}/grades.csv").stdout
    rows = {row["student"]: row for row in csv.DictReader(table.splitlines())}
    assert sorted(rows) == sorted(STUDENTS)
    assert float(rows[RIGHT]["score"]) == 8  # of 10: two are for words, which wait for a person
    assert float(rows[WRONG]["score"]) == 6
    assert {row["time_from"] for row in rows.values()} == {"timestamp.txt"}
    assert "no-sandbox" not in graded


def test_feedback_comes_back_to_each_student(feedback, labs, screenshots):
    expect(feedback[WRONG].get_by_text(NAMED).first).to_be_visible()
    expect(feedback[RIGHT].get_by_text("update_gate").first).to_be_visible()
    expect(feedback[RIGHT].get_by_text(NAMED)).to_have_count(0)
    labs[WRONG].screenshot(path=screenshots / "hub-feedback.png")


def test_the_formgrader_shows_the_class(labs, graded, screenshots):
    """It starts in the home folder, where no class is: see deploy/instructors/nbgrader_config.py."""
    page = labs[INSTRUCTOR]
    open_panel(page, "Formgrader")
    row = page.frame_locator("iframe").locator("tr", has_text=LESSON)
    expect(row.get_by_text("released")).to_be_visible()
    expect(row.locator(".num-submissions")).to_have_text(str(len(STUDENTS)))
    page.screenshot(path=screenshots / "hub-formgrader.png")
    response = page.request.get(page.url.partition("/lab")[0] + "/formgrader/manage_assignments")
    assert "script-src" in response.headers["content-security-policy"]  # it is ours


def test_the_formgrader_opens_no_other_folder(hub, labs):
    assert labs[INSTRUCTOR].request.get(f"{hub}/user/{INSTRUCTOR}/formgrader?path=/tmp").status == 403


def test_a_user_of_the_machine_in_neither_group_may_not_log_in(hub, machine, new_page):
    machine.run("root", "useradd", "--create-home", "eve")
    machine.run("root", "chpasswd", given=f"eve:{machine.password}\n")
    with new_page() as page:
        page.goto(f"{hub}/hub/login")
        page.fill("#username_input", "eve")
        page.fill("#password_input", machine.password)
        with page.expect_response(
            lambda response: "/hub/login" in response.url and response.request.method == "POST"
        ) as answer:
            page.click("#login_submit")
    assert answer.value.status == 403


def test_students_reach_no_formgrader_and_no_others_server(hub, labs, submitted):
    for student, other in (STUDENTS, STUDENTS[::-1]):
        assert labs[student].request.get(f"{hub}/user/{student}/formgrader").status == 404
        assert labs[student].request.get(f"{hub}/user/{other}/api/contents/{LESSON}").status == 403
        assert labs[student].request.get(f"{hub}/user/{student}/api/contents/{LESSON}").ok


# Tries to read, or to list, each path, and prints those that it could.
READ = """
import os, sys
for path in sys.argv[1:]:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
        print(path)
    except OSError:
        pass
"""
# Tries to move each path away, and to write into it, and prints those where it could.
WRITE = """
import os, sys
for path in sys.argv[1:]:
    try:
        os.rename(path, path + ".mine")
        print(path)
    except OSError:
        pass
    try:
        open(os.path.join(path, "mine") if os.path.isdir(path) else path, "ab").close()
        print(path)
    except OSError:
        pass
"""


def done(machine, user, program, paths):
    return machine.run(user, f"{OPT}/.venv/bin/python", "-c", program, *sorted(paths)).stdout.splitlines()


def work_of(student):
    """Where a student's work is, on their own account."""
    fetched, kept = f"/home/{student}/{LESSON}", f"/home/{student}/.local/share/jupyter/nbgrader_cache/gru101"
    return {f"/home/{student}", fetched, f"{fetched}/{LESSON}.ipynb", kept}


CLASS_FILES = {
    CLASS, *(f"{CLASS}/{name}" for name in (
        "course.key", "gradebook.db", "journal.jsonl", "grades.csv", "report.html", "nbgrader_config.py",
        f"source/{LESSON}/{LESSON}.ipynb", f"submitted/{RIGHT}/{LESSON}/{LESSON}.ipynb",
        f"autograded/{RIGHT}/{LESSON}/{LESSON}.ipynb", f"feedback/{RIGHT}/{LESSON}/{LESSON}.html",
    )),
}  # fmt: skip
SOLUTIONS = {f"{OPT}/solutions", f"{OPT}/solutions/{LESSON}.py"}
LISTS = {f"{EXCHANGE}/inbound", f"{EXCHANGE}/feedback"}


def test_students_read_neither_each_others_work_nor_the_class_nor_solutions(machine, feedback):
    assert done(machine, INSTRUCTOR, READ, CLASS_FILES | SOLUTIONS | LISTS) == sorted(CLASS_FILES | SOLUTIONS | LISTS)
    hubs = {"/srv/jupyterhub", "/srv/jupyterhub/jupyterhub.sqlite", "/srv/jupyterhub/jupyterhub_cookie_secret"}
    assert done(machine, "root", READ, hubs | {f"{OPT}/.git"}) == sorted(hubs | {f"{OPT}/.git"})
    for student, other in (STUDENTS, STUDENTS[::-1]):
        theirs = work_of(other)
        assert done(machine, other, READ, theirs) == sorted(theirs)
        closed = theirs | CLASS_FILES | SOLUTIONS | LISTS | hubs | {f"{OPT}/.git"}
        assert done(machine, student, READ, closed) == []


def test_students_change_nothing_that_others_get(machine, submitted):
    settings = {"/etc/jupyter", "/etc/jupyter/nbgrader_config.py", "/srv/jupyter/instructors", OPT, f"{OPT}/grader"}
    shared = {
        EXCHANGE,
        f"{EXCHANGE}/outbound",
        f"{EXCHANGE}/outbound/{LESSON}",
        f"{EXCHANGE}/outbound/{LESSON}/{LESSON}.ipynb",
    }
    own = f"/home/{WRONG}/.profile"
    assert done(machine, WRONG, WRITE, {own}) == [own, own]
    assert done(machine, WRONG, WRITE, settings | shared) == []


def test_what_a_student_writes_is_closed_although_what_was_fetched_is_not(machine, feedback):
    """So it is the home folder that protects it: the guide says so."""
    modes = machine.run("root", "stat", "-c", "%a", f"/home/{RIGHT}", f"/home/{RIGHT}/{LESSON}").stdout.split()
    assert modes == ["700", "755"]
