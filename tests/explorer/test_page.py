"""The written page is the committed one, is small, needs nothing else, and carries the network exactly."""

import json
import re

import numpy as np
import pytest

import gru_ref
from grader.base.paths import course_root
from grader.explorer.page import PLACE, explorer_page, exported

PAGE = course_root() / PLACE


@pytest.fixture(scope="module")
def html():
    return explorer_page()


def embedded(html, name):
    """What a script element of JSON holds."""
    return json.loads(re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html)[1])


def test_a_rewrite_leaves_git_clean(html):
    assert PAGE.read_bytes() == html.encode(), "run make explorer, and commit docs/gates.html"


def test_it_is_small():
    assert 50_000 < PAGE.stat().st_size < 1_000_000


def test_it_needs_nothing_else(html):
    assert not re.findall(r'(?:src|href)="(?!#|data:)', html)
    assert not re.findall(r"@import|url\(|\bfetch\(|XMLHttpRequest|https?://", html)


def test_it_carries_the_network_exactly(html):
    writer, stored = gru_ref.trained_explorer(), embedded(html, "network")
    assert stored["characters"] == writer.characters
    numbers = np.frombuffer(bytes.fromhex(stored["data"]), ">f2")
    wanted = {**writer.p._asdict(), "W": writer.W, "b": writer.b}
    for name, shape in stored["arrays"]:
        size = int(np.prod(shape))
        assert np.array_equal(numbers[:size].reshape(shape), wanted.pop(name)), name
        numbers = numbers[size:]
    assert not wanted and not len(numbers)


def test_a_network_of_other_numbers_is_refused():
    writer = gru_ref.trained_explorer()
    with pytest.raises(
        ValueError, match=r"b holds numbers that are no 16-bit floats: store the network as writer\.py does"
    ):
        exported(writer._replace(b=writer.b + 1e-9))


def test_units_are_in_the_order_of_their_memory():
    """On a text that is not the one by which they were ordered, so only roughly."""
    writer = gru_ref.trained_explorer()
    assert len(writer.p.b_ir) == 64
    text = "Return the name of the file, or None where the given path does not exist. The default is an empty string."
    h, keeps = np.zeros((1, 64)), []
    for character in text:
        x = writer.one_hot(character)
        keeps.append(gru_ref.update_gate(x, h, writer.p)[0])
        h = gru_ref.gru_step(x, h, writer.p)
    means = np.mean(keeps, axis=0)
    assert means[:32].mean() > 3 * means[32:].mean() and np.corrcoef(means, np.arange(64))[0, 1] < -0.8


def test_its_experiments_can_be_read_and_set(html):
    experiments = embedded(html, "experiments")
    known = gru_ref.trained_explorer().characters
    assert len(experiments) == 3
    assert experiments[0]["held"] == {}, "the page opens with it, before any script runs"
    for setting in experiments:
        assert set(setting["text"]) <= set(known) and len(setting["text"]) <= 500
        assert 0 <= setting["unit"] < 64 and (setting["column"] or 0) <= len(setting["text"])
        assert set(setting["held"]) <= {"r", "z"} and setting["convention"] in ("keeps", "writes")
