"""How long the gate explorer takes for a keystroke, in headless Chromium."""

import statistics

from measuring import console
from rich.table import Table

from grader.base.paths import course_root
from grader.doctor import browser_path
from grader.explorer.page import PLACE

RUNS = 101
LIMIT = 50
# A keystroke: the field's text changes, and the page hears of it. The time ends when the layout is done; then a frame is drawn.
TYPE = """async ({runs, characters}) => {
  const field = document.getElementById("text"), times = [];
  const sentence = "The name of the file (a string) is returned, or None where it was not found. ";
  for (let k = 0; k < runs; k++) {
    field.value = sentence.repeat(10).slice(k, k + characters);
    field.setSelectionRange(characters, characters);
    const start = performance.now();
    field.dispatchEvent(new InputEvent("input", {bubbles: true}));
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  }
  return times.slice(1);
}"""


def explorer():
    """Milliseconds for a keystroke at 500 characters and 64 units: with free gates, with all that is slower, and a short text.

    The wall time of a busy machine says little, so the processor's time of the page's main thread stands beside it: all of
    it, with style, layout and painting.
    """
    from playwright.sync_api import sync_playwright

    table = Table("characters", "setting", "median, ms", "95%, ms", "processor, ms")
    table.title = f"gate explorer, one keystroke: {RUNS - 1} of them (median under {LIMIT} ms at 500 characters)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu"])
        for characters in (60, 500):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto((course_root() / PLACE).as_uri())
            for setting, choose in SETTINGS.items():
                choose(page)
                times, processor = measure(page, characters)
                table.add_row(
                    str(characters), setting, f"{statistics.median(times):.1f}",
                    f"{statistics.quantiles(times, n=20)[-1]:.1f}", f"{processor:.1f}",
                )  # fmt: skip
            page.close()
        browser.close()
    console.print(table)


# One after the other, each as well as those before it.
SETTINGS = {
    "free gates": lambda page: None,
    "and a gate held": lambda page: page.locator("#off-r").click(),
    "and both conventions compared": lambda page: page.get_by_label("z writes").check(),
    "and the table open": lambda page: page.locator("#numbers summary").click(),
}


def measure(page, characters):
    """Wall times of keystrokes, and the mean time of the processor for one, in milliseconds."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    before = worked()
    times = page.evaluate(TYPE, {"runs": RUNS, "characters": characters})
    processor = (worked() - before) / RUNS * 1000
    session.detach()
    return times, processor


PARTS = {"explorer": explorer}
