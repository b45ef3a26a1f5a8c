"""The course as a learner and an instructor see it: JupyterLab and the formgrader, driven in a real browser.

``GRU_COURSE_SCREENSHOTS=folder`` keeps the pictures; ``diagnosis.png`` among them is the one in README.md.
"""

import re
import shutil
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from grader.authoring.lessons import find_sources
from grader.base.paths import course_root
from grader.classroom.class_report import write_report
from grader.classroom.demo import make_class
from grader.classroom.grading import grade_class
from tests.support.browsing import needs_browser, served, violations

pytestmark = [pytest.mark.system, needs_browser]
TOKEN = "browser-test"
OURS = (".jp-MarkdownOutput", ".jp-OutputArea-output")  # of a page in JupyterLab, what the course puts there
WRONG = "def update_gate(x, h, p):\n    return gru_ref.gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)"
RIGHT = "def update_gate(x, h, p):\n    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """`gru-course lab` on a copy of the course, whose Jupyter settings are nobody's; gives its address."""
    root = tmp_path_factory.mktemp("course")
    for name in ("solutions", "notebooks"):
        shutil.copytree(course_root() / name, root / name)
    shutil.copy(course_root() / "nbgrader_config.py", root)
    home = tmp_path_factory.mktemp("home")
    settings = home / "config" / "lab" / "user-settings" / "@jupyterlab"
    for extension, name, chosen in (
        ("notebook-extension", "tracker", '{"windowingMode": "none"}'),  # all cells are in the page, seen or not
        ("docmanager-extension", "plugin", '{"autosave": false}'),  # of two pages, none changes the other's file
    ):
        (settings / extension).mkdir(parents=True)
        (settings / extension / f"{name}.jupyterlab-settings").write_text(chosen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRU_COURSE_QUICK", "1")
        with served(root, home, "lab", "--", "--no-browser", f"--IdentityProvider.token={TOKEN}") as (url, _):
            yield url


@pytest.fixture(scope="module")
def page(lab, new_page):
    """Lesson 03, opened once for all tests of it, with its kernel there, and its first cell run: the imports."""
    with new_page() as page:
        open_lesson(page, lab, "03_gates")
        run(page, cell(page, "import gru_ref"))
        yield page


def open_lesson(page, lab, name):
    """Open a lesson in JupyterLab, and wait until its kernel is there.

    Each page has a workspace of its own: JupyterLab opens again what was open in a workspace, and the status bar then
    tells of another lesson's kernel.
    """
    page.goto(f"{lab}/lab/workspaces/{uuid4().hex}/tree/notebooks/{name}/{name}.ipynb?token={TOKEN}")
    # Before there is a kernel, the notebook's own indicator says "idle" too, and running a cell does nothing.
    expect(page.locator(".jp-StatusBar-Item", has_text="Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)


def cell(page, text):
    """The code cell whose source holds `text`."""
    found = page.locator(".jp-CodeCell").filter(has=page.locator(".jp-InputArea", has_text=text)).first
    found.scroll_into_view_if_needed()
    return found


def write(page, code_cell, code):
    code_cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)


def run(page, code_cell):
    """Run a cell and wait until it is done. A busy page may lose a key press, so nothing begun is tried again, twice."""
    prompt = code_cell.locator(".jp-InputPrompt").first
    before = prompt.inner_text()
    for seconds in (10, 10, 60):
        code_cell.locator(".cm-content").click()
        code_cell.locator(".cm-content").press("Control+Enter")
        if _changes(prompt, before, seconds):
            break
    expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=60_000)
    expect(prompt).not_to_have_text(before)


def _changes(prompt, before, seconds):
    try:
        expect(prompt).not_to_have_text(before, timeout=seconds * 1000)
    except AssertionError:
        return False
    return True


def card(code_cell, text):
    return code_cell.locator(".jp-OutputArea-output", has_text=text).first


def picture_of(page, path, *parts):
    """A screenshot of the rectangle around some elements."""
    boxes = [part.bounding_box() for part in parts]
    left, top = min(b["x"] for b in boxes), min(b["y"] for b in boxes)
    right, bottom = max(b["x"] + b["width"] for b in boxes), max(b["y"] + b["height"] for b in boxes)
    page.screenshot(path=path, clip={"x": left, "y": top, "width": right - left, "height": bottom - top + 8})


def test_nothing_pops_up_and_no_authors_panel_shows(page, screenshots):
    expect(page.get_by_role("button", name="Validate")).to_be_visible()
    page.screenshot(path=screenshots / "lesson.png")
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
    expect(page.locator(".lm-MenuBar-item", has_text="Nbgrader")).to_have_count(0)
    expect(page.locator('.lm-TabBar-tab[data-id*="nbgrader"]')).to_have_count(0)
    expect(page.locator(".lm-MenuBar-item", has_text="Kernel")).to_have_count(1)


def test_a_mistake_is_named_a_hint_helps_and_the_right_answer_passes(page, screenshots):
    answer, checking = cell(page, "def update_gate(x, h, p)"), cell(page, "check(update_gate)")
    write(page, answer, WRONG)
    run(page, answer)
    run(page, checking)
    expect(card(checking, "This is the reset gate")).to_be_visible()
    answer.evaluate("element => element.scrollIntoView()")
    picture_of(page, screenshots / "diagnosis.png", answer, checking)

    write(page, answer, f"{WRONG}\n\nhint(update_gate)")
    run(page, answer)
    expect(card(answer, "Hint 1 of 3")).to_be_visible()
    choose_theme(page, "JupyterLab Dark")
    page.screenshot(path=screenshots / "dark.png")

    write(page, answer, RIGHT)
    run(page, answer)
    run(page, checking)
    expect(card(checking, "✓")).to_be_visible()
    expect(checking.locator(".jp-OutputArea", has_text="This is the reset gate")).to_have_count(0)
    page.screenshot(path=screenshots / "passed-dark.png")
    choose_theme(page, "JupyterLab Light")


def test_a_slider_redraws_the_gate(page, screenshots):
    explorer = cell(page, "gate_explorer()")
    run(page, explorer)
    picture = explorer.locator(".jp-OutputArea img")
    expect(picture).to_be_visible()
    before = picture.get_attribute("src")
    slider = explorer.get_by_role("slider", name="input x")
    expect(explorer.get_by_role("slider", name="bias b")).to_be_visible()
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "1.1")
    expect(picture).not_to_have_attribute("src", before)
    page.screenshot(path=screenshots / "slider.png")


def test_the_map_bars_nobody_and_leads_to_a_lesson(page, screenshots):
    map_cell = cell(page, "progress()")
    run(page, map_cell)
    expect(card(map_cell, "exercises solved")).to_be_visible()
    page.screenshot(path=screenshots / "map.png")
    assert violations(page, *OURS) == []
    map_cell.get_by_text("The exercises of the other lessons").click()
    map_cell.get_by_role("link", name="○ candidate", exact=True).click()
    expect(page.locator(".lm-TabBar-tabLabel", has_text="04_candidate_and_blend.ipynb")).to_be_visible()


SAMPLED = ("00_start_here", "03_gates")
EACH_LESSON = [
    pytest.param(path.stem, marks=[] if path.stem in SAMPLED else [pytest.mark.exhaustive])
    for path in find_sources(course_root())
]


@pytest.mark.parametrize("name", EACH_LESSON)
def test_run_all_passes_unsolved_exercises_and_nothing_of_ours_bars_anybody(lab, new_page, screenshots, name):
    with new_page() as page:
        open_lesson(page, lab, name)
        choose(page, "Run", "Run All Cells")
        shown = page.locator(".jp-OutputArea-output", has_text="exercises solved")  # by the last cell alone
        expect(shown.first).to_be_attached(timeout=120_000)
        expect(page.locator(".jp-OutputArea-output", has_text="is still to be written").first).to_be_attached()
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            choose_theme(page, theme)
            assert violations(page, *OURS) == []
        page.screenshot(path=screenshots / f"run-all-{name}.png")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A pretend class of one learner, graded: its folder."""
    folder = tmp_path_factory.mktemp("graded") / "class"
    make_class(course_root(), folder, students=1, lessons=["03"])
    grade_class(course_root(), folder)
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_feedback_and_report_bar_nobody(graded, new_page, scheme):
    pages = [*graded.glob("feedback/**/*.html"), write_report(graded)]
    assert len(pages) == 2
    with new_page() as page:
        page.emulate_media(color_scheme=scheme)
        for path in pages:
            page.goto(path.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
            assert violations(page) == []


def test_the_formgrader_shows_a_graded_class_and_its_answers(graded, new_page, screenshots, tmp_path):
    with served(graded.parent, tmp_path, "formgrader", "class", "--no-browser") as (url, log), new_page() as page:
        token = re.search(r"token=(\w+)", log.read_text()).group(1)
        page.goto(f"{url}/formgrader?token={token}")
        expect(page.get_by_role("link", name="03_gates")).to_be_visible()
        page.screenshot(path=screenshots / "formgrader.png")
        page.goto(f"{url}/formgrader/gradebook/03_gates/03_gates")
        page.get_by_role("link", name="Submission #1").click()
        rubric = page.get_by_text("What the points of this answer are given for")
        expect(rubric).to_be_visible()
        expect(page.locator("input.score")).to_have_count(5)  # four checks and a written answer
        rubric.scroll_into_view_if_needed()
        page.screenshot(path=screenshots / "submission.png")


def choose(page, menu, *entries):
    """Choose an entry of a menu, or of a menu in it."""
    page.locator(".lm-MenuBar-item", has_text=menu).click()
    for entry in entries:
        page.locator(".lm-Menu-item", has_text=entry).first.click()


def choose_theme(page, name):
    choose(page, "Settings", "Theme", name)
    expect(page.locator(f'body[data-jp-theme-name="{name}"]')).to_have_count(1)
    expect(page.locator(".lm-Menu")).to_have_count(0)
