"""Solutions are released after their date and not before, where students can read them and nobody else can write."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from grader import cli
from grader.authoring.withheld import NoSolutions
from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom import releasing
from grader.classroom.extensions import extend
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <SubmittedAssignment> not in session")  # nbgrader's own
LESSON, OTHER = "03_gates", "04_candidate_and_blend"
NOON = datetime(2026, 12, 8, 12, tzinfo=UTC)
SOURCE = (course_root() / "solutions" / f"{LESSON}.py").read_bytes()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "class").mkdir()
    return ClassFolder(tmp_path / "class")


def plan(folder, *lessons, now=NOON, **more):
    return releasing.release(folder, course_root(), lessons or (LESSON,), NOON, now=now, **more)


def at(hours, folder):
    return [p.state for p in releasing.publish(folder, course_root(), NOON + timedelta(hours=hours))]


def submitted(folder, student, extension):
    """Enter a submission with an extension, as nbgrader does."""
    from nbgrader.api import Gradebook

    with Gradebook(folder.db_url) as gradebook:
        gradebook.add_student(student)
        gradebook.update_or_create_submission(LESSON, student, extension=extension)


def test_nothing_is_published_before_its_date(folder):
    (planned,) = plan(folder, now=NOON - timedelta(seconds=1))
    assert planned.state == "waits" and not planned.path.exists()
    assert at(-0.001, folder) == ["waits"]
    assert "to be released after 2026-12-08" in planned.told
    assert at(0, folder) == ["released"]
    assert planned.path.read_bytes() == SOURCE


def test_it_is_published_once_and_again_if_it_has_changed(folder):
    (planned,) = plan(folder)
    assert planned.is_new and planned.told == f"{LESSON}: released, in {planned.path}"
    (again,) = releasing.publish(folder, course_root(), NOON)
    assert again.state == "released" and not again.is_new
    planned.path.write_text("# %% an older version")
    (again,) = releasing.publish(folder, course_root(), NOON)
    assert again.is_new and again.path.read_bytes() == SOURCE
    assert len(list(folder.journal.entries("released"))) == 2


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_students_can_read_it_whatever_the_umask_is(folder, tmp_path):
    before = os.umask(0o077)
    try:
        (planned,) = plan(folder, to=tmp_path / "for all" / "released")
    finally:
        os.umask(before)
    assert planned.path.parent == tmp_path / "for all" / "released"
    assert planned.path.stat().st_mode & 0o777 == 0o644
    assert planned.path.parent.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.name != "posix", reason="permissions")
@pytest.mark.parametrize(("mode", "says"), [(0o700, "students cannot read .*chmod a[+]rx"), (0o777, "everybody can write to .*chmod o-w")])  # fmt: skip
def test_a_folder_that_is_closed_or_open_to_all_is_refused_and_nothing_is_planned(folder, tmp_path, mode, says):
    (tmp_path / "there").mkdir()
    (tmp_path / "there").chmod(mode)
    with pytest.raises(ClassError, match=says):
        plan(folder, to=tmp_path / "there")
    assert not (folder.root / releasing.SCHEDULE).exists()


def test_a_file_in_the_folders_place_is_refused(folder, tmp_path):
    (tmp_path / "there").write_text("")
    with pytest.raises(ClassError, match="it should be a folder"):
        plan(folder, to=tmp_path / "there")


def test_it_is_held_back_while_somebody_may_still_submit(folder):
    with Book(folder) as book:
        book.set_due(LESSON, (NOON - timedelta(days=1)).replace(tzinfo=None))
    submitted(folder, "Ada Lovelace", timedelta(days=3))
    submitted(folder, "Bob Honest", None)
    (planned,) = plan(folder)
    assert planned.state == "held back" and not planned.path.exists()
    assert planned.open_until == {"Ada Lovelace": NOON + timedelta(days=2)}
    assert (
        "held back, since it may still be submitted by Ada Lovelace (until 2026-12-10" in planned.told
        and "--anyway" in planned.told
    )
    assert at(47.9, folder) == ["held back"]
    assert at(48, folder) == ["released"]


def test_who_has_an_extension_and_has_submitted_nothing_may_still_submit(folder):
    with Book(folder) as book:
        book.set_due(LESSON, (NOON - timedelta(days=1)).replace(tzinfo=None))
    extend(folder, "Zoë Kim", days="3")
    (planned,) = plan(folder)
    assert planned.state == "held back" and "Zoë Kim (until 2026-12-10" in planned.told
    assert at(49, folder) == ["released"]


def test_the_deadline_of_all_counts_too_and_anyway_releases_all_the_same(folder):
    with Book(folder) as book:
        book.set_due(LESSON, (NOON + timedelta(days=1)).replace(tzinfo=None))
    (planned,) = plan(folder, now=NOON - timedelta(hours=1))
    assert (
        planned.state == "waits"
        and "not before all deadlines: it may still be submitted by everybody (until 2026-12-09" in planned.told
    )
    assert at(0, folder) == ["held back"]
    (planned,) = plan(folder, anyway=True)
    assert planned.state == "released" and "although it may still be submitted by everybody (until" in planned.told
    assert planned.path.exists()


def test_lessons_have_dates_of_their_own_and_share_the_folder(folder, tmp_path):
    plan(folder, to=tmp_path / "out")
    releasing.release(folder, course_root(), [OTHER], NOON + timedelta(days=7), now=NOON)
    assert at(0, folder) == ["released", "waits"]
    assert at(168, folder) == ["released", "released"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"{LESSON}.py", f"{OTHER}.py"]


def test_what_is_withdrawn_is_gone_and_stays_so(folder):
    (planned,) = plan(folder)
    assert releasing.withdraw(folder, [LESSON]) == [planned.path]
    assert not planned.path.exists() and at(1, folder) == []
    assert releasing.withdraw(folder, [LESSON]) == []


def test_an_install_without_solutions_releases_none(folder, tmp_path):
    (tmp_path / "course" / "lessons").mkdir(parents=True)
    (tmp_path / "course" / "edition.json").write_text("{}")
    with pytest.raises(NoSolutions, match="has no solutions to release"):
        releasing.release(folder, tmp_path / "course", [LESSON], NOON, now=NOON)
    plan(folder, now=NOON - timedelta(days=1))
    schedule = json.loads((folder.root / releasing.SCHEDULE).read_text())
    schedule["lessons"][LESSON]["after"] = "2020-01-01T00:00:00+00:00"
    (folder.root / releasing.SCHEDULE).write_text(json.dumps(schedule))
    (said,) = releasing.news(folder, tmp_path / "course")
    assert said.startswith("Solutions are due to be released, but this install")


@pytest.mark.parametrize("content", ["{", "[]", '{"to": null}', '{"to": null, "lessons": {"03_gates": {"after": "2026-12-08", "anyway": false}}}'])  # fmt: skip
def test_a_schedule_that_cannot_be_read_says_what_to_do(folder, content):
    (folder.root / releasing.SCHEDULE).write_text(content)
    with pytest.raises(ClassError, match=r"solutions\.json cannot be read .*: delete it, and give the dates again"):
        releasing.publish(folder, course_root())


def test_a_date_alone_means_its_end():
    assert releasing.parse_after("2026-12-08") == releasing.parse_after("2026-12-09T00:00")
    assert releasing.parse_after("2026-12-08T12:00+00:00") == NOON
    assert releasing.parse_after("2026-12-08T12:00").tzinfo is not None
    with pytest.raises(ClassError, match="--after 'tomorrow' is not a time: write it like"):
        releasing.parse_after("tomorrow")


def test_the_commands_say_what_happens(folder):
    def run(*words):
        done = CliRunner().invoke(cli.app, ["solutions", *words])
        return done.exit_code, " ".join((done.output + str(done.exception or "")).split())

    place = str(folder.root)
    (folder.root / "notes.txt").touch()
    code, said = run("release", place, "--lesson", "03")
    assert code == 1 and "is not a class's folder: it holds none of submitted, source" in said
    assert not (folder.root / "solutions.json").exists() and not (folder.root / "released").exists()
    (folder.root / "submitted").mkdir()
    assert "No lesson has a date" in run("publish", place)[1]
    code, said = run("release", place, "--lesson", "03", "--after", "2999-12-08T12:00")
    assert code == 0 and f"{LESSON}: to be released after 2999-12-08 12:00" in said
    code, said = run("release", place, "--lesson", "03")
    assert code == 0 and f"{LESSON}: released, in {folder.root / 'released'}" in said
    assert f"{LESSON}: released" in run("publish", place)[1]
    assert "removed" in run("withdraw", place, "--lesson", "03")[1]
    assert "Nothing was published of 03_gates" in run("withdraw", place, "--lesson", "03")[1]
    assert run("release", place, "--lesson", "99")[0] == 1


def test_deadlines_are_read_as_nbgrader_keeps_them(folder):
    with Book(folder) as book:
        assert book.deadlines(LESSON) == (None, {})
    submitted_at = (NOON - timedelta(days=1)).replace(tzinfo=None)
    with Book(folder) as book:
        book.set_due(LESSON, submitted_at)
    submitted(folder, "Ada", timedelta(hours=5))
    with Book(folder) as book:
        assert book.deadlines(LESSON) == (submitted_at, {"Ada": submitted_at + timedelta(hours=5)})
