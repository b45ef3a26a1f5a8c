"""Two markers at the same time, in a real browser: no page says whose a submission is, nothing in one runs, nothing else is served."""

import contextlib
import copy
import json
import re

import pytest
from playwright.sync_api import expect

from grader.base.files import write_atomically
from grader.base.paths import course_root
from grader.classroom.gradebook import Book
from grader.classroom.marking import agreeing
from grader.classroom.marking.codes import Codes
from grader.classroom.preparation import enter_lesson
from tests.classroom.test_browser_classroom import Guard
from tests.support import hostile, marked
from tests.support.browsing import needs_browser, served
from tests.support.marked import ANSWER, LESSON, QUESTION, STUDENTS, in_gradebook, make_class
from tests.support.postgres_server import database, programs

pytestmark = [pytest.mark.system, needs_browser]
ADA, BOB, CHLOE, *_ = STUDENTS
HOSTILE = hostile.NAMES[0]
PARTS = ("Lovelace", "Honest", "Dario", "Żak", "O'Brien", "O&#39;Brien", "lovelace@")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A class of which Ada has signed her answer, and one submission attacks."""
    folder = make_class(tmp_path_factory.mktemp("marking") / "class")
    lesson = enter_lesson(folder, course_root(), LESSON)
    with Book(folder) as book:
        marked.submit(folder, book, lesson, ADA, f"{ANSWER} Yours, Ada Lovelace (ada.lovelace@uni.example). Ada.")
        marked.submit(folder, book, lesson, HOSTILE, ANSWER)
    notebook = hostile.notebook(lesson.with_rubrics(copy.deepcopy(lesson.pristine)), ANSWER)
    place = folder.autograded(HOSTILE, LESSON)
    write_atomically(place / f"{LESSON}.ipynb", json.dumps(notebook))
    write_atomically(place / "plot.html", f"<script>{hostile.RUN}</script>")
    write_atomically(place / "mine.png", b"\x89PNG")
    return folder


class Desk:
    """A marker's browser: the page, its server's address, and every text that came from there."""

    def __init__(self, page, url, token):
        self.page, self.url, self.token, self.texts = page, url, token, []
        self.guard = Guard(page, url)
        page.on("response", self._keep)
        self.guard.open(f"{url}/formgrader?token={token}")

    def _keep(self, response):
        if "/static/" not in response.url and not response.url.startswith("data:"):
            self.texts.append(response.url)
            kind = response.headers.get("content-type", "")
            if response.status != 302 and ("text" in kind or "json" in kind):
                with contextlib.suppress(Exception):  # a page that was left before its text came
                    self.texts.append(response.text())

    def open(self, folder, student):
        code = Codes(folder).code(student, LESSON)
        self.page.goto(f"{self.url}/formgrader")
        self.follow(self.page.get_by_role("link", name=code))

    def follow(self, link):
        """Click on a link, and wait until the page that it leads to is there with all that it asks for."""
        with self.page.expect_navigation(wait_until="networkidle"):
            link.click()

    def give(self, folder, student, points, comment=""):
        self.open(folder, student)
        field = self.page.locator(f"input.score#{QUESTION}")
        field.fill(str(points))
        with self.page.expect_response(lambda r: r.request.method == "PUT") as saved:
            field.press("Tab")
        assert saved.value.ok
        if comment:
            self.page.locator(f"#{QUESTION}-comment").fill(comment)
            with self.page.expect_response(lambda r: "/api/comment/" in r.url) as saved:
                self.page.locator(f"#{QUESTION}-comment").press("Escape")
            assert saved.value.ok


@pytest.fixture(scope="module")
def servers(folder, tmp_path_factory):
    """Addresses and tokens of the formgraders of alice and bob."""
    with contextlib.ExitStack() as stack:
        found = {}
        for name in ("alice", "bob"):
            home = tmp_path_factory.mktemp(name)
            arguments = ("formgrader", ".", "--no-browser", "--marker", name)
            url, log = stack.enter_context(served(folder.root, home, *arguments))
            found[name] = url, re.search(r"token=(\w+)", log.read_text()).group(1)
        yield found


@pytest.fixture
def alice(servers, page):
    return Desk(page, *servers["alice"])


@pytest.fixture
def bob(servers, new_page):
    with new_page() as other:
        yield Desk(other, *servers["bob"])


def test_no_page_says_whose_a_submission_is(alice, folder, screenshots):
    rows = alice.page.locator("td a")
    expect(rows).to_have_count(len(STUDENTS) + 1)
    alice.page.screenshot(path=screenshots / "marking-list.png")
    alice.open(folder, ADA)
    expect(alice.page.get_by_text("The author's name was covered 2 times.")).to_be_attached()
    expect(alice.page.get_by_text("A word of this submission may be part of its author's name")).to_be_attached()
    expect(alice.page.locator(f"input.score#{QUESTION}")).to_be_in_viewport()
    assert alice.page.locator("input.score, input.extra-credit").count() == 1
    alice.page.screenshot(path=screenshots / "marking-answer.png")
    # From the first of the list on: where Ada stands in it is left to chance.
    alice.page.goto(f"{alice.url}/formgrader")
    alice.follow(rows.first)
    seen = 1
    while alice.page.locator("li.next a").count():
        alice.follow(alice.page.locator("li.next a"))
        seen += 1
    assert seen == len(STUDENTS) + 2  # the last link leads back to the list
    expect(rows).to_have_count(len(STUDENTS) + 1)
    for path in ("manage_students", f"manage_students/{ADA}", "gradebook/none", "submissions/none/", "none"):
        alice.page.goto(f"{alice.url}/formgrader/{path}")
        expect(alice.page.get_by_role("link", name="All that is to be marked")).to_be_visible()
    alice.texts = [text for text in alice.texts if "manage_students/" not in text]  # the address that was asked for
    assert len(alice.texts) > 40
    assert [part for part in PARTS for text in alice.texts if part in text] == []


def test_nothing_of_a_submission_runs_there(alice, folder):
    alice.open(folder, HOSTILE)
    expect(alice.page.get_by_text(ANSWER)).to_be_visible()
    expect(alice.page.get_by_text("What the points of this answer are given for")).to_be_visible()
    alice.guard.check()
    assert alice.guard.errors == []
    assert alice.page.get_by_text("cover", exact=True).first.evaluate("e => getComputedStyle(e).position") == "static"


# Below the submission's own address, and elsewhere on the server.
BESIDE = (
    "plot.html", f"{LESSON}.ipynb", "..%2f..%2f..%2fcourse.key", "%2e%2e/%2e%2e/%2e%2e/journal.jsonl",
    f"..%2f..%2fAda Lovelace%2f{LESSON}%2f{LESSON}.ipynb", "..%2f..%2f..%2fmarking%2fmarks%2fbob.jsonl",
)  # fmt: skip
ELSEWHERE = (
    "lab", "tree", "api/contents", "api/kernels", "api/sessions", "api/terminals", "files/grades.csv", "view/x",
    "files/marking/marks/bob.jsonl", "nbconvert/html/x", f"formgrader/manage_submissions/{LESSON}",
    "formgrader/api/students", f"formgrader/api/submissions/{LESSON}", f"formgrader/api/submitted_notebooks/{LESSON}/{LESSON}",
    f"formgrader/api/submission/{LESSON}/x/autograde",
)  # fmt: skip


def test_nothing_else_is_served(alice, folder):
    alice.open(folder, HOSTILE)
    entry, asked = re.match(r".*/submissions/\w+", alice.page.url)[0], alice.page.context.request
    places = [*(f"{entry}/{path}" for path in BESIDE), *(f"{alice.url}/{path}" for path in ELSEWHERE)]
    assert {place: asked.get(place).status for place in places} == dict.fromkeys(places, 404)
    assert asked.get(f"{entry}/mine.png").status == 200


def test_two_mark_at_the_same_time_and_a_person_decides(alice, bob, folder, new_page, screenshots, tmp_path):
    alice.give(folder, ADA, 2, "Well said, by alice.")
    bob.give(folder, ADA, 1.5, "Nearly, by bob.")
    alice.give(folder, BOB, 2)
    bob.give(folder, BOB, 0, "What about the third?")
    bob.open(folder, ADA)
    expect(bob.page.locator("input.score")).to_have_value("1.5")
    bob.page.goto(f"{bob.url}/formgrader")
    expect(bob.page.get_by_role("row", name=Codes(folder).code(ADA, LESSON))).to_contain_text("1.5 of 2")
    assert not any("by alice" in text for text in bob.texts)
    assert not any("by bob" in text for text in alice.texts)

    outcome = agreeing.agree(folder.root)
    assert [(result.state, result.points) for result in outcome.results if result.state != "one"] in (
        [("mean", 2), ("differ", None)], [("differ", None), ("mean", 2)],
    )  # fmt: skip
    assert in_gradebook(folder)[ADA] == (2, False, "Well said, by alice.\n\n---\n\nNearly, by bob.")
    with (
        served(folder.root, tmp_path, "formgrader", ".", "--no-browser", "--differences") as (url, log),
        new_page() as page,
    ):
        person = Desk(page, url, re.search(r"token=(\w+)", log.read_text()).group(1))
        expect(person.page.locator("td a")).to_have_count(1)
        person.open(folder, BOB)
        expect(person.page.locator(".nbgrader_cell .gru-note")).to_contain_text("What about the third?")
        person.page.screenshot(path=screenshots / "marking-differences.png")
        person.give(folder, BOB, 1)
        person.page.goto(f"{url}/formgrader")
        expect(person.page.get_by_text("There is nothing to decide.")).to_be_visible()
        assert [part for part in PARTS for text in person.texts if part in text] == []
    assert in_gradebook(folder)[BOB] == (1, False, "What about the third?")


def test_points_that_are_not_kept_are_said_to_be_not_kept(alice, folder):
    alice.open(folder, CHLOE)
    alice.page.evaluate("formgrader.grades.models[0].save({manual_score: 7}) && 0")
    expect(alice.page.locator("#told")).to_contain_text(
        "Not saved. why_two_gates is worth 2 points, so 7 cannot be given"
    )
    alice.page.keyboard.press("Control+Shift+F")
    expect(alice.page.locator("#told")).to_contain_text("There are no flags here")


def test_without_a_token_there_is_nothing(servers, new_page):
    with new_page() as page:
        response = page.goto(f"{servers['alice'][0]}/formgrader/gradebook")
        assert "/login" in page.url or response.status == 403
        answer = page.context.request.get(f"{servers['alice'][0]}/formgrader/api/grades?submission_id=x")
        assert "/login" in answer.url


@pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed here")
def test_a_gradebook_on_postgresql_is_settled_the_same(folder, tmp_path):
    place = make_class(tmp_path / "class")
    with database() as address:
        place.keep_gradebook_at(address)
        marked.mark(place, "alice", {ADA: (2, "Yes."), BOB: 1, CHLOE: 0})
        marked.mark(place, "bob", {ADA: (2, "Yes."), BOB: 1.5, CHLOE: 2})
        found, _ = marked.states(place)
        assert (found[ADA].state, found[BOB].state, found[CHLOE].state) == ("equal", "mean", "differ")
        agreeing.decide(place.root, Codes(place).code(CHLOE, LESSON), 1)
        again, _ = marked.states(place)
        assert not any(result.fresh for result in again.values())
        marked_now = in_gradebook(place)
        assert marked_now[ADA] == (2, False, "Yes.")
        assert (marked_now[BOB][0], marked_now[CHLOE][0]) == (1.5, 1)
