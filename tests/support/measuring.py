"""What is wrong with the slides of a page, measured in a browser: small print, and what lies outside or over something else."""

WIDTH, HEIGHT, SMALLEST = 1280, 720, 24

# Goes through all slides with all answers shown; gives a list of complaints, and how much room each slide has left.
MEASURE = """
async ([width, height, smallest]) => {
  await document.fonts.ready;
  const complaints = [], free = [];
  const total = Reveal.getTotalSlides();
  for (let n = 0; n < total; n++) {
    Reveal.slide(n);
    while (Reveal.availableFragments().next) Reveal.nextFragment();
    await new Promise(requestAnimationFrame);
    const slide = Reveal.getCurrentSlide(), body = slide.querySelector(".body");
    const say = what => complaints.push(`slide ${n + 1}, ${slide.querySelector("h1, h2").textContent.slice(0, 40)}: ${what}`);
    const texts = [];
    for (const root of [slide, document.querySelector(".slide-number")]) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) texts.push(node);
    }
    for (const node of texts) {
      const element = node.parentElement;
      if (!node.data.trim() || element.closest("aside, script, style, .aria-status") || !element.checkVisibility({visibilityProperty: true})) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        if (box.width === 0) continue;
        if (box.left < 0 || box.top < 0 || box.right > width || box.bottom > height)
          say(`"${node.data.trim().slice(0, 30)}" at ${[box.left, box.top, box.right, box.bottom].map(Math.round)}`);
      }
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (size < smallest) say(`"${node.data.trim().slice(0, 30)}" has ${size} px`);
    }
    const frame = body.getBoundingClientRect();
    let bottom = frame.top;
    for (const block of body.children) {
      const box = block.getBoundingClientRect();
      const inside = slide.classList.contains("first") || box.bottom <= frame.bottom + 1;
      if (!inside || box.right > width - 20 || block.scrollWidth > block.clientWidth + 1)
        say(`${block.className} does not fit: ${[box.left, box.top, box.right, box.bottom].map(Math.round)}, ${block.scrollWidth} in ${block.clientWidth}`);
      if (box.top < bottom - 1) say(`${block.className} lies over the block before it`);
      bottom = box.bottom;
      for (const image of block.querySelectorAll("img")) {
        if (!image.naturalWidth || !image.alt) say("a figure without a picture or a description");
        const shown = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight) * image.naturalWidth;
        if (shown < 480) say(`a figure only ${Math.round(shown)} px wide`);
      }
    }
    free.push(Math.round(frame.bottom - bottom));
  }
  return {complaints, free, total};
}
"""


def measured(page):
    """Measure an open page of slides, a Playwright page with a viewport of 1280 × 720.

    Returns
    -------
    found : dict with "complaints" (list of str), "free" (pixels that are left on each slide) and "total" (number of slides)
    """
    return page.evaluate(MEASURE, [WIDTH, HEIGHT, SMALLEST])
