"""Blackboard's downloads: the user name in a file's name tells whose it is."""

import datetime

import pytest

from tests.support.downloads import BLACKBOARD, notebook, received, submissions, take_in, unidentified


def test_blackboards_attempts_are_one_students_and_the_last_one_counts(tmp_path):
    first, last = (BLACKBOARD.format("ad_al", f"2026-11-2{n}-10-30-00") for n in (0, 1))
    files = {
        f"{last}_03_gates.ipynb": notebook("last"),
        f"{first}_03_gates.ipynb": notebook("first"),
        f"{first}.txt": "Name: Ada Lovelace (ad_al)\nAssignment: Home_work\n",
        f"{last}.txt": "Name: Ada Lovelace (ad_al)\nAssignment: Home_work\n",
    }
    folder, _ = take_in(tmp_path, files)
    assert submissions(folder) == {"ad_al": "last"}
    entry = received(folder)["ad_al"]
    there = datetime.datetime(2026, 11, 21, 10, 30).astimezone(datetime.UTC).replace(tzinfo=None)
    assert entry["submitted"] == there.isoformat()
    assert "without a time zone: this machine's is assumed" in entry["time_from"]
    assert "of 2 notebooks" in entry["note"]


@pytest.mark.parametrize(
    ("texts", "students", "nobodys"),
    [(["max_muster"], {"max_muster", "eva_muster", "kim"}, 0), ([], {"kim"}, 2)],
)
def test_two_users_of_blackboard_whose_names_end_alike_stay_two(tmp_path, texts, students, nobodys):
    attempt = {user: BLACKBOARD.format(user, "2026-11-20-10-30-00") for user in ("max_muster", "eva_muster", "kim")}
    files = {f"{name}_03_gates.ipynb": notebook(user) for user, name in attempt.items()}
    files |= {f"{attempt[user]}.txt": f"Name: Somebody ({user})\n" for user in texts}
    folder, _ = take_in(tmp_path, files)
    assert set(submissions(folder)) == students
    assert len(unidentified(folder)) == nobodys
