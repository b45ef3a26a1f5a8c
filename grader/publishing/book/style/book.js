// What is too wide for its place can be scrolled with the keyboard, too: it takes the focus while, and only while, it is.
const WIDE = "pre, .table-wrapper, .math-wrapper";
const follow = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const part of document.querySelectorAll(WIDE)) follow.observe(part);
