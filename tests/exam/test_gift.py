"""Moodle's GIFT format, read back by another's parser."""

import html
import json
import re
import subprocess

import pytest

from grader.exam.gift import gift
from grader.exam.questions import bank, chosen
from tests.support import libraries

READ = "console.log(JSON.stringify(require('gift-pegjs').parse(require('fs').readFileSync(process.argv[1], 'utf-8'))))"


def as_read(path):
    done = subprocess.run([libraries.gift_pegjs(), "-e", READ, path], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def plain(text):
    """Markdown with equations, or HTML with equations, as what a reader sees."""
    text = re.sub(
        r"\$([^$]+)\$|\\\((.+?)\\\)",
        lambda f: f"<{f[1] or html.unescape(f[2])}>",
        html.unescape(re.sub(r"</?(code|em|strong)>", "", text)),
    )
    return re.sub(r"[`*\s]", "", text)


@pytest.mark.system
def test_moodles_format_is_read_back_with_all_texts_and_one_right_answer_each(tmp_path):
    path = tmp_path / "all.gift"
    path.write_text(gift(chosen(), draws=3), encoding="utf-8")
    read = as_read(path)
    items = [item for item in read if item["type"] != "Category"]
    assert len(items) == 20 + 3 * 20 and len(read) - len(items) == 40
    for item in items:
        name = item["title"].split()[0]
        question = bank()[name]
        worth = [c for c in item["choices"] if c["isCorrect"] and c["weight"] != 0]
        assert len(worth) == 1, item["title"]
        assert item["stem"]["format"] == "html" and "$" not in item["stem"]["text"]
        assert item["type"] == ("Numerical" if question.computed else "MC")
        unexplained = [c for c in item["choices"] if c not in worth and not (c["feedback"] or {}).get("text")]
        assert not unexplained and item["globalFeedback"]["text"]


@pytest.mark.system
def test_the_texts_are_the_banks(tmp_path):
    path = tmp_path / "choices.gift"
    concepts = [q for q in chosen() if not q.computed]
    path.write_text(gift(concepts), encoding="utf-8")
    import numpy as np

    items = [item for item in as_read(path) if item["type"] != "Category"]
    for question, item in zip(concepts, items, strict=True):
        drawn = question.draw(np.random.default_rng(0))
        assert plain(item["stem"]["text"]) == plain(drawn.text)
        assert plain(item["globalFeedback"]["text"]) == plain(drawn.explanation)
        assert {plain(c["text"]["text"]) for c in item["choices"]} == set(map(plain, drawn.choices))
        (right,) = (c for c in item["choices"] if c["isCorrect"])
        assert plain(right["text"]["text"]) == plain(drawn.answer)


def test_the_same_seed_gives_the_same_file_and_numbers_have_no_exponent():
    assert gift(chosen(), 3) == gift(chosen(), 3) != gift(chosen(), 3, seed=1)
    numbers = re.findall(r"^=(?:%0%)?([^~\n]+?):", gift([q for q in chosen() if q.computed]), re.M)
    assert len(numbers) > 500 and all(re.fullmatch(r"-?\d+(\.\d+)?", n) for n in numbers)
