"""The gate explorer in a real browser: its numbers are gru_ref's, and everybody can use it."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import gru_ref
from grader.base.paths import course_root
from grader.explorer.page import PLACE
from tests.support.browsing import needs_browser, violations

pytestmark = [pytest.mark.system, needs_browser]
PAGE = (course_root() / PLACE).as_uri()
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 850}
FORWARD = """cases => cases.map(({ids, held, zWrites}) => {
  const {forward, logProbabilities, networks} = gruExplorer;
  const free = values => Float64Array.from(values, v => v === null ? NaN : v);
  const network = networks[zWrites ? "writes" : "keeps"];
  const run = forward(network, Int32Array.from(ids), {r: free(held.r), z: free(held.z)}, zWrites);
  const logs = logProbabilities(network, run.h);
  return Object.fromEntries(Object.entries({...run, logs}).map(([name, values]) => [name, Array.from(values)]));
})"""


@pytest.fixture
def explorer(page):
    """The page, opened; any error of its script, and any request for more than itself, fails the test."""
    errors, requests = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url))
    page.set_viewport_size(WIDE)
    page.goto(PAGE)
    yield page
    assert errors == []
    assert [url for url in requests if not url.startswith("data:")] == [PAGE]


@pytest.fixture(scope="module")
def writer():
    return gru_ref.trained_explorer()


def reference(writer, case):
    """r, z, n, h (T, H) and log₂ of the probabilities (T, V), step by step with the functions of lessons 03 and 04."""
    p = gru_ref.flip_update_gate(writer.p) if case["zWrites"] else writer.p
    h = np.zeros((1, len(p.b_ir)))
    found = {name: [] for name in ("r", "z", "n", "h", "logs")}
    held = {gate: np.array(values, float) for gate, values in case["held"].items()}  # None becomes NaN
    for number in case["ids"]:
        x = np.zeros((1, len(writer.characters)))
        x[0, number] = number >= 0
        r, z = (
            np.where(np.isnan(held[name]), gate(x, h, p), held[name])
            for name, gate in (("r", gru_ref.reset_gate), ("z", gru_ref.update_gate))
        )
        n = gru_ref.candidate(x, h, r, p)
        h = gru_ref.blend(1 - z if case["zWrites"] else z, n, h)
        scores = h @ writer.W.T + writer.b
        logs = (scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)) / np.log(2)
        for name, value in zip(found, (r, z, n, h, logs), strict=True):
            found[name].append(value[0])
    return {name: np.array(values) for name, values in found.items()}


def draw_case(rng, T, V, H):
    """A random text, of characters that the network never saw, too; gates free, held in some units, or in all."""
    held = {}
    for gate in "rz":
        values = rng.choice([0.0, 1.0, rng.uniform()], H) if rng.random() < 0.5 else np.full(H, rng.uniform())
        which = rng.random(H) < rng.choice([0, 0.1, 1], p=[0.4, 0.4, 0.2])
        held[gate] = [float(v) if on else None for v, on in zip(values, which, strict=True)]
    return {"ids": rng.integers(-1, V, T).tolist(), "held": held, "zWrites": bool(rng.random() < 0.5)}


def open_table(explorer):
    """Open the table of the chosen unit, and wait for its rows."""
    explorer.get_by_text("as a table").click()
    explorer.locator("#rows tr").first.wait_for()


def test_the_forward_pass_is_that_of_gru_ref(explorer, writer):
    rng = np.random.default_rng(0)
    V, H = len(writer.characters), len(writer.p.b_ir)
    lengths = [*rng.integers(1, 17, 196), 500, 500, 500, 0]
    cases = [draw_case(rng, int(T), V, H) for T in lengths]
    assert {case["zWrites"] for case in cases[-4:]} | {case["zWrites"] for case in cases[:9]} == {True, False}
    worst = 0.0
    for case, seen in zip(cases, explorer.evaluate(FORWARD, cases), strict=True):
        for name, values in reference(writer, case).items():
            ours = np.array(seen[name]).reshape(values.shape)
            if values.size:
                worst = max(worst, np.abs(ours - values).max())
    print(f"largest difference: {worst:.1e}")
    assert worst < 1e-6


def test_free_gates_are_a_plain_gru(explorer, writer):
    H = len(writer.p.b_ir)
    ids = [writer.characters.index(c) for c in "Return the name of the file."]
    case = {"ids": ids, "held": {"r": [None] * H, "z": [None] * H}, "zWrites": False}
    (seen,) = explorer.evaluate(FORWARD, [case])
    xs = np.eye(len(writer.characters))[ids][:, None]
    hs = gru_ref.gru_forward(xs, np.zeros((1, H)), writer.p)[:, 0]
    assert np.abs(np.array(seen["h"]).reshape(hs.shape) - hs).max() < 1e-12


def test_the_loss_is_that_of_gru_ref(explorer, writer):
    text = "Read the whole file (at once)."
    explorer.get_by_label("Text to read").fill(text)
    ids = [writer.characters.index(c) for c in "\n" + text]
    free = [None] * len(writer.p.b_ir)
    logs = reference(writer, {"ids": ids, "held": {"r": free, "z": free}, "zWrites": False})["logs"]
    bits = -logs[np.arange(len(text)), ids[1:]]
    expect(explorer.locator("#loss")).to_have_text(f"Loss: {bits.mean():.2f} bits for each character")
    open_table(explorer)
    shown = explorer.locator("#rows tr td:nth-child(3)").all_inner_texts()
    assert shown == ["–", *(f"{b:.2f}" for b in bits)]


def test_what_is_left_is_the_product_of_what_was_kept(explorer, writer):
    explorer.get_by_label("Text to read").fill("a string")
    open_table(explorer)
    rows = [line.split("\t") for line in explorer.locator("#rows").inner_text().strip().splitlines()]
    z, left = (np.array([float(row[k]) for row in rows]) for k in (4, 7))
    wanted = np.append(np.cumprod(z[:0:-1])[::-1], 1)
    assert len(rows) == 9 and np.abs(left - wanted).max() < 0.02  # of numbers rounded to 0.01
    last = explorer.locator("#rows tr td:nth-child(5)").last
    shown = last.inner_text()
    for convention in ("z writes", "z keeps"):
        explorer.get_by_label(convention).check()
        expect(last).not_to_have_text(shown)
        shown = last.inner_text()
        expect(explorer.locator("#rows tr td:nth-child(8)")).to_have_text([row[7] for row in rows])


def test_both_conventions_have_the_same_states(explorer):
    explorer.get_by_label("all units", exact=True).check()
    explorer.locator("#hold-input").fill("0.3")
    explorer.get_by_label("z writes").check()
    said = explorer.locator("#convention").inner_text()
    difference = re.search(r"differ by at most (\S+)\.$", said)[1]
    assert float(difference.replace("−", "-")) < 1e-12
    expect(explorer.locator("#held")).to_have_text("Held: z of all units at 0.70.")
    explorer.get_by_role("button", name="Let all go").click()
    difference = re.search(r"differ by at most (\S+)\.$", explorer.locator("#convention").inner_text())[1]
    assert 0 < float(difference.replace("−", "-")) < 1e-12


def test_it_can_be_used_with_the_keyboard_alone(explorer):
    press, field = explorer.keyboard.press, explorer.get_by_label("Text to read")
    press("Tab")
    press("Enter")  # the link that skips to the field
    expect(field).to_be_focused()
    press("ControlOrMeta+A")
    explorer.keyboard.type("a name")
    shown = explorer.locator("#column-shown")
    expect(shown).to_have_text("“e”, 6 of 6")
    press("ArrowLeft")
    expect(shown).to_have_text("“m”, 5 of 6")
    reached = {}
    for _ in range(30):
        press("Tab")
        name = explorer.evaluate(
            "document.activeElement.id || document.activeElement.name || document.activeElement.tagName"
        )
        outlines = explorer.evaluate(
            "[document.activeElement, document.activeElement.nextElementSibling].map(e => e && getComputedStyle(e).outlineStyle)"
        )
        if name == "BODY":
            break
        if name in reached:
            continue  # on the way from the slider on, to which the focus went when all was let go
        reached[name] = outlines
        if name == "scroller":
            press("ArrowDown")
            press("ArrowDown")
            press("ArrowLeft")
            expect(explorer.locator("#unit-shown")).to_have_text("2 of 0 to 63")
            expect(shown).to_have_text("“a”, 4 of 6")
            press("Home")
            expect(shown).to_have_text("“↵”, 0 of 6")
            press("End")
            expect(shown).to_have_text("“e”, 6 of 6")
        if name == "unit-input":
            press("End")
            expect(explorer.locator("#unit-shown")).to_have_text("63 of 0 to 63")
        if name == "gate":
            press("ArrowRight")  # to r
        if name == "units":
            press("ArrowRight")  # from one unit to all, and back
            press("ArrowLeft")
        if name == "hold-input":
            press("Home")
            expect(explorer.locator("#held")).to_have_text("Held: r of unit 63 (0.00).")
        if name == "off-z":
            press("Space")
            expect(explorer.locator("#held")).to_have_text("Held: z of all units at 0.00; r of unit 63 (0.00).")
            expect(explorer.locator("#off-z")).to_have_attribute("aria-pressed", "true")
        if name == "let-go":
            press("Enter")
            expect(explorer.locator("#held")).to_have_text("All gates are free.")
    wanted = {
        "play",
        "scroller",
        "column-input",
        "unit-input",
        "gate",
        "units",
        "hold-input",
        "off-z",
        "off-r",
        "convention",
    }
    assert wanted <= set(reached)
    assert [name for name, outlines in reached.items() if "solid" not in outlines] == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_people(explorer, screenshots, scheme, size):
    explorer.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour is seen on its way to another
    explorer.set_viewport_size(size)
    open_table(explorer)
    assert violations(explorer) == []
    explorer.get_by_role("button", name="Keep or write?").click()
    explorer.get_by_label("Text to read").fill("Zoë's 日本 café.")
    explorer.locator("#off-r").click()
    explorer.locator("#hold-input").fill("0.5")
    assert violations(explorer) == []
    explorer.screenshot(path=screenshots / f"gates-{scheme}-{size['width']}.png", full_page=True)


@pytest.mark.parametrize("width", [320, 400])
def test_a_narrow_page_does_not_scroll_sideways(explorer, width):
    explorer.set_viewport_size({"width": width, "height": 850})
    open_table(explorer)
    for text in ("", "W" * 600, "long " * 90, "\n" * 30, "日本" * 20):
        explorer.get_by_label("Text to read").fill(text)
        assert explorer.evaluate("document.documentElement.scrollWidth") <= width, text


def test_dark_and_light_can_be_chosen(explorer):
    explorer.emulate_media(color_scheme="light")
    shown = "getComputedStyle(document.body).backgroundColor"
    light = explorer.evaluate(shown)
    explorer.get_by_label("Dark").check()
    dark = explorer.evaluate(shown)
    assert dark != light
    explorer.emulate_media(color_scheme="dark")
    explorer.get_by_label("Light").check()
    assert explorer.evaluate(shown) == light
    explorer.get_by_label("System").check()
    assert explorer.evaluate(shown) == dark


def test_maps_follow_the_colours(explorer):
    corner = "Array.from(document.querySelector('#map-h').getContext('2d').getImageData(0, 0, 9, 9).data)"
    explorer.get_by_label("Light").check()
    light = explorer.evaluate(corner)
    explorer.get_by_label("Dark").check()
    assert explorer.evaluate(corner) != light


def test_an_empty_text_is_said(explorer):
    field, remarks = explorer.get_by_label("Text to read"), explorer.locator("#remarks")
    expect(remarks).to_be_empty()
    field.fill("")
    expect(remarks).to_contain_text("The field is empty. Type something")
    expect(explorer.locator("#loss")).to_be_empty()
    assert explorer.locator("#guesses li").count() == 6
    explorer.get_by_label("z writes").check()
    explorer.locator("#hold-input").fill("1")
    field.press_sequentially("T")
    expect(remarks).to_be_empty()
    expect(explorer.locator("#loss")).to_contain_text("bits for each character")


def test_characters_never_seen_are_said_and_stay(explorer):
    field = explorer.get_by_label("Text to read")
    text = "a café 😀\tb <b>&amp;"
    field.fill(text)
    expect(explorer.locator("#remarks")).to_have_text(
        "The network never saw “é”, “😀”, “⇥”, “<”, “>”, “&”. It reads them as an empty input, and no loss is counted there."
    )
    assert field.input_value() == text
    expect(explorer.locator("#count")).to_have_text("19 of at most 500 characters")  # an emoji is one
    open_table(explorer)
    assert explorer.locator("#rows tr").nth(6).locator("td").nth(1).inner_text() == "–"
    field.fill("é")
    expect(explorer.locator("#remarks")).to_contain_text("It reads it as an empty input")


def test_a_text_too_long_is_said_and_stays(explorer):
    field = explorer.get_by_label("Text to read")
    text = "The end of the file. " * 40
    field.fill(text)
    expect(explorer.locator("#remarks")).to_have_text(
        "Your text has 840 characters, and the network reads the first 500. The rest stays in the field."
    )
    assert field.input_value() == text
    expect(explorer.locator("#column-shown")).to_contain_text("500 of 500")
    field.fill("x" * 300_000)
    expect(explorer.locator("#remarks")).to_contain_text("300000 characters")


def test_ones_own_text_comes_back(explorer):
    field = explorer.get_by_label("Text to read")
    show, back = explorer.locator("[data-experiment]"), explorer.get_by_role("button", name="Bring back my text")
    expect(back).to_be_hidden()
    field.fill("My own text.")
    show.nth(0).click()
    show.nth(1).click()
    field.press_sequentially("!")
    changed = field.input_value()
    show.nth(2).click()
    back.click()
    expect(field).to_have_value("My own text.")
    back.click()
    expect(field).to_have_value(changed)


def test_a_click_on_a_map_chooses_unit_and_character(explorer):
    explorer.get_by_label("Text to read").fill("name")
    box = explorer.locator("#map-z").bounding_box()
    explorer.locator("#map-z").click(position={"x": box["width"] * 0.5, "y": box["height"] * 40.5 / 64})
    expect(explorer.locator("#unit-shown")).to_have_text("40 of 0 to 63")
    expect(explorer.locator("#column-shown")).to_have_text("“a”, 2 of 4")


def test_it_can_be_watched_and_stopped(explorer):
    explorer.get_by_label("Text to read").fill("the end")
    shown, watch = explorer.locator("#column-shown"), explorer.get_by_role("button", name="Watch it read")
    expect(shown).to_have_text("“d”, 7 of 7")
    watch.click()
    expect(shown).not_to_have_text("“d”, 7 of 7")
    expect(shown).to_have_text("“d”, 7 of 7")
    watch.click()
    explorer.get_by_role("button", name="Stop").click()
    stopped = shown.inner_text()
    explorer.wait_for_timeout(400)
    expect(shown).to_have_text(stopped)


def test_nothing_moves_by_itself_where_that_is_not_wanted(explorer):
    moving = "getComputedStyle(document.querySelector('#play')).transitionDuration"
    explorer.emulate_media(reduced_motion="no-preference")
    assert explorer.evaluate(moving) != "0s"
    explorer.emulate_media(reduced_motion="reduce")
    assert explorer.evaluate(moving) == "0s"


def test_the_unit_for_quotes_is_as_described(explorer):
    """Experiment 1: the state in quotes and outside, the guess at the cursor, and the same with z of unit 0 at 0."""
    first = explorer.locator("#guesses li").first
    expect(first).to_have_text("'84% ✓")
    expect(explorer.locator("#equation")).to_contain_text("z = 1.00")
    open_table(explorer)
    rows = [line.split("\t") for line in explorer.locator("#rows").inner_text().strip().splitlines()]
    quotes = [t for t, row in enumerate(rows) if row[1] == "'"]
    for opening, closing in zip(quotes[::2], quotes[1::2], strict=True):
        assert all(float(row[6].replace("−", "-")) > 0.8 for row in rows[opening:closing])
        assert float(rows[opening - 1][6].replace("−", "-")) < 0.4
    explorer.locator("#hold-input").fill("0")
    expect(explorer.locator("#held")).to_have_text("Held: z of unit 0 (0.00).")
    quote = explorer.locator("#guesses li").filter(has=explorer.get_by_text("'", exact=True))
    expect(quote.locator(".share")).to_have_text("1.1% ✓")


def test_the_gates_that_are_off_cost_what_is_stated(explorer):
    """Experiment 2."""
    explorer.get_by_role("button", name="Which gate matters more?").click()
    loss = explorer.locator("#loss")
    expect(loss).to_have_text("Loss: 10.58 bits for each character; with free gates 1.25")
    explorer.locator("#let-go").click()
    expect(loss).to_have_text("Loss: 1.25 bits for each character")
    explorer.locator("#off-z").click()
    expect(loss).to_have_text("Loss: 2.79 bits for each character; with free gates 1.25")
    look = explorer.locator(".look:visible").inner_text()
    assert all(number in look for number in ("10.58", "1.25", "2.79")) and f"{np.log2(76):.2f}" == "6.25"


def test_only_the_map_of_z_is_reversed(explorer):
    """Experiment 3."""
    pixels = "name => document.getElementById(`map-${name}`).toDataURL()"
    explorer.get_by_role("button", name="Keep or write?").click()
    writes = {name: explorer.evaluate(pixels, name) for name in ("r", "z", "n", "h", "left")}
    expect(explorer.get_by_label("z writes")).to_be_checked()
    explorer.get_by_label("z keeps").check()
    keeps = {name: explorer.evaluate(pixels, name) for name in writes}
    assert [name for name in writes if writes[name] != keeps[name]] == ["z"]
