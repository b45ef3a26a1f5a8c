"""Pages for an instructor, with hostile submissions: in a real browser, none of their code runs or calls home."""

import json
import re
from datetime import datetime
from urllib.parse import quote

import nbformat
import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import expect

from grader.base.files import write_atomically
from grader.base.paths import course_root
from grader.classroom import gradebook
from grader.classroom.class_report import write_report
from grader.classroom.demo import make_class
from grader.classroom.feedback import FeedbackPages
from grader.classroom.folder import ClassFolder
from grader.classroom.preparation import enter_lesson
from grader.classroom.timestamps import TIMESTAMP, stamp
from grader.exercises import bank
from tests.support import hostile
from tests.support.browsing import needs_browser, served

pytestmark = [pytest.mark.system, needs_browser]
LESSON = "03_gates"
SUBMITTED = datetime(2026, 1, 1)
ANSWER = "One gate keeps, the other looks back."
# What nbgrader's own pages do by inline handlers.
OWN_HANDLERS = {
    "toggle_name(true);", "toggle_name(false);", "toggleAllNames()", "createAssignmentModal();", "createStudentModal();",
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile_class(tmp_path_factory):
    """A class whose submissions attack, graded by nobody: as bad as it could come out of any judge."""
    folder = ClassFolder(tmp_path_factory.mktemp("hostile"))
    make_class(course_root(), folder.root / "made", students=1, lessons=["03"])
    for path in (folder.root / "made").iterdir():
        path.rename(folder.root / path.name)
    folder = ClassFolder(folder.root)
    lesson, pages = enter_lesson(folder, course_root(), LESSON), FeedbackPages()
    verdicts = {
        name: {"state": "failed", "mistake": hostile.HTML, "stage": hostile.HTML, "headline": hostile.HTML}
        for name in bank()[LESSON]
    }
    with gradebook.Book(folder) as book:
        for student in hostile.NAMES:
            book.record(student, LESSON, SUBMITTED, lesson.pristine, {f"check_{name}": 0 for name in verdicts})
            with Gradebook(folder.db_url) as gb:
                gb.update_or_create_student(student, first_name=hostile.HTML, last_name=student, email=hostile.HTML)
                for comment in gb.find_submission_notebook(LESSON, LESSON, student).comments:
                    comment.manual_comment = hostile.HTML
                for grade in gb.find_submission_notebook(LESSON, LESSON, student).grades:
                    grade.needs_manual_grade = grade.name not in verdicts
                gb.db.commit()
            notebook = hostile.notebook(lesson.with_rubrics(lesson.pristine), ANSWER)
            place = folder.autograded(student, LESSON)
            write_atomically(place / f"{LESSON}.ipynb", json.dumps(notebook))
            for written in (place, folder.submitted(student, LESSON)):
                write_atomically(written / TIMESTAMP, stamp(SUBMITTED))
            write_atomically(place / "plot.html", f"<script>{hostile.RUN}</script>")
            write_atomically(folder.submitted(student, LESSON) / f"{LESSON}.ipynb", json.dumps(notebook))
            entry = {"state": "repaired", "reason": hostile.HTML, "verdicts": verdicts}
            own = {"own_tests": [hostile.HTML], "changed": hostile.HTML, "done": True}
            folder.journal.append("marked", student=student, lesson=LESSON, **entry, **own)
            mark, given = book.settle(student, LESSON)
            page = pages.page(nbformat.from_dict(notebook), lesson, student, entry, mark, given)
            write_atomically(folder.feedback(student, LESSON) / f"{LESSON}.html", page)
    return folder


@pytest.fixture(scope="module")
def server(hostile_class, tmp_path_factory):
    """The formgrader on that class: its address and its token."""
    with served(hostile_class.root, tmp_path_factory.mktemp("home"), "formgrader", ".", "--no-browser") as (url, log):
        yield url, re.search(r"token=(\w+)", log.read_text()).group(1)


class Guard:
    """Watches a page: nothing may run, no dialog open, no request go anywhere but to `home`."""

    def __init__(self, page, home):
        self.page, self.home, self.seen, self.errors = page, home, [], []
        page.context.route("**/*", self._route)
        page.on("dialog", lambda dialog: (self.seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.context.on("page", lambda other: self.seen.append(f"window {other.url}"))

    def _route(self, route):
        url = route.request.url
        if url.startswith((self.home, "data:")):
            route.continue_()
        else:
            self.seen.append(url)
            route.abort()

    def open(self, url):
        return self.page.goto(url, wait_until="networkidle")

    def check(self):
        """Poke at everything, then look whether anything ran, and whether anything is there that could."""
        self.page.evaluate(
            """() => {
                for (const element of document.querySelectorAll("*"))
                    for (const kind of ["mouseover", "mouseenter", "focus", "error", "load", "toggle", "begin"])
                        element.dispatchEvent(new Event(kind));
            }"""
        )
        self.page.wait_for_timeout(200)
        handlers = self.page.evaluate(
            """() => [...document.querySelectorAll("*")].flatMap(e => [...e.attributes])
                .filter(a => a.name.startsWith("on")).map(a => a.value)"""
        )
        links = self.page.evaluate("""() => [...document.querySelectorAll("[href], [src], [action]")].flatMap(
            e => ["href", "src", "action", "xlink:href"].map(name => e.getAttribute(name) || ""))""")
        assert not any(frame.evaluate("window.__pwned") for frame in self.page.frames)
        assert set(handlers) <= OWN_HANDLERS
        assert not [link for link in links if re.match(r"\s*(javascript|vbscript|data:text)", link, re.I)]
        assert not [link for link in links if "evil.example" in link and not link.startswith("https://evil.example")]
        assert self.seen == []


@pytest.fixture
def guard(page, server):
    return Guard(page, server[0])


def entries(folder):
    """The ids of the submissions in the gradebook, by student."""
    with Gradebook(folder.db_url) as gb:
        return {n.student.id: n.id for n in gb.notebook_submissions(LESSON, LESSON)}


def test_the_marking_page_shows_the_answer_and_the_card_and_runs_nothing(
    guard, page, server, hostile_class, screenshots
):
    url, token = server
    page.goto(f"{url}/formgrader?token={token}")
    for student in hostile.NAMES[:4]:
        guard.open(f"{url}/formgrader/submissions/{entries(hostile_class)[student]}/")
        expect(page.get_by_text(ANSWER)).to_be_visible()
        expect(page.get_by_text("What the points of this answer are given for")).to_be_visible()
        expect(page.get_by_text("A card of the judge.").first).to_be_visible()
        expect(page.get_by_text("A card of the judge.").first.locator("xpath=..")).to_have_css(
            "border-left-width", "6px"
        )
        expect(page.get_by_role("img", name="A map").first).to_be_visible()
        expect(page.get_by_role("img", name="mine").first).to_be_visible()
        expect(page.locator("input.score")).to_have_count(5)
        page.locator("span.name-hidden").first.click()
        guard.check()
        assert page.evaluate("typeof MathJax.Hub") == "object"
        assert guard.errors == []
        assert page.locator("[id='why_two_gates']").count() == 1
        assert page.get_by_text("cover", exact=True).first.evaluate("e => getComputedStyle(e).position") == "static"
    page.screenshot(path=screenshots / "hostile-marking.png")


def test_points_given_on_the_marking_page_are_kept(guard, page, server, hostile_class):
    url, token = server
    page.goto(f"{url}/formgrader?token={token}")
    guard.open(f"{url}/formgrader/submissions/{entries(hostile_class)[hostile.NAMES[0]]}/")
    points = page.locator("input.score#why_two_gates")
    points.fill("1.5")
    with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT") as saved:
        points.press("Tab")
    assert saved.value.ok
    assert saved.value.json()["manual_score"] == 1.5


@pytest.mark.parametrize(
    "path",
    [
        "manage_assignments", f"manage_submissions/{LESSON}", "gradebook", f"gradebook/{LESSON}",
        f"gradebook/{LESSON}/{LESSON}", "manage_students", "manage_students/{student}",
        f"manage_students/{{student}}/{LESSON}", "submissions/{student}", "manage_submissions/{student}",
        "gradebook/{student}", "gradebook/{student}/{student}",
    ],
)  # fmt: skip
def test_the_other_pages_run_nothing(guard, page, server, path, screenshots):
    url, token = server
    page.goto(f"{url}/formgrader?token={token}")
    for student in hostile.NAMES[:4] if "{student}" in path else ("",):
        guard.open(f"{url}/formgrader/{path.replace('{student}', quote(student, safe=''))}")
        guard.check()
    page.screenshot(path=screenshots / f"hostile-{path.replace('/', '-').replace('{student}', 'student')}.png")


def test_the_pages_about_one_student_find_that_student(guard, page, server):
    url, token = server
    page.goto(f"{url}/formgrader?token={token}")
    for student in hostile.NAMES:
        guard.open(f"{url}/formgrader/manage_students/{quote(student, safe='')}")
        expect(page.get_by_role("link", name=LESSON)).to_be_visible()


def test_no_other_folder_is_opened(page, server, tmp_path):
    url, token = server
    page.goto(f"{url}/formgrader?token={token}")
    response = page.goto(f"{url}/formgrader?path={tmp_path}")
    assert response.status == 403
    expect(page.get_by_text("Formgrader (local) is switched off")).to_be_visible()


def test_a_page_that_was_handed_in_runs_nothing(guard, page, server, hostile_class):
    url, token = server
    page.goto(f"{url}/formgrader?token={token}")
    response = guard.open(f"{url}/formgrader/submissions/{entries(hostile_class)[hostile.NAMES[0]]}/plot.html")
    assert response.ok
    assert "sandbox" in response.headers["content-security-policy"]
    guard.check()


def test_a_submission_opened_in_jupyterlab_runs_nothing(guard, page, server, screenshots):
    url, token = server
    page.goto(f"{url}/lab/tree/autograded/{quote(hostile.NAMES[-1])}/{LESSON}/{LESSON}.ipynb?token={token}")
    dialog = page.locator(".jp-Dialog")
    expect(dialog.first).to_be_visible(timeout=60_000)  # it asks for a kernel, as it does not know the one named
    while dialog.count():
        page.keyboard.press("Escape")
        page.wait_for_timeout(200)
    answer = page.locator(".jp-MarkdownCell.jp-mod-rendered", has_text=ANSWER).first
    answer.scroll_into_view_if_needed()
    expect(answer).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=screenshots / "hostile-lab.png")
    assert not any(frame.evaluate("window.__pwned") for frame in page.frames)
    assert guard.seen == []


def test_feedback_runs_nothing(page, hostile_class, screenshots):
    guard = Guard(page, "file://")
    for student in hostile.NAMES:
        guard.open((hostile_class.feedback(student, LESSON) / f"{LESSON}.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        expect(page.get_by_text(ANSWER)).to_be_visible()
        guard.check()
        assert page.locator("img, iframe, svg, script, form, object, embed, math").count() == 0
    page.screenshot(path=screenshots / "hostile-feedback.png")


def test_the_class_report_runs_nothing(page, hostile_class, screenshots):
    guard = Guard(page, "file://")
    guard.open(write_report(hostile_class.root).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    expect(page.get_by_text('Robert "Bobby" Tables').first).to_be_visible()
    guard.check()
    page.screenshot(path=screenshots / "hostile-report.png")
