"""Small pictures for verdict cards, as SVG: they need no JavaScript and take the theme's colours."""

import numpy as np

from grader.base import theme

RIGHT, WRONG, BACK = map(theme.colour, ("passed", "failed", "back"))
CELL, GAP, MOST = 14, 2, 24


def comparison(got, wanted, wrong, axes):
    """Picture of a wrong result.

    Curves for a sequence; a map of right and wrong entries where some are right; and where none is, yours drawn against
    the wanted ones: points on a curve tell of a wrong function, points all over of something missing.

    Parameters
    ----------
    got, wanted : arrays of the same shape
    wrong : boolean array of that shape
    axes : names of the axes, such as "T B H"

    Returns
    -------
    svg : str, empty where a picture would say nothing
    """
    can_be_drawn = all(np.isfinite(values).all() for values in (got, wanted) if values.dtype.kind == "f")
    if wrong.ndim == 1 and len(wrong) > 2 and axes in ("", "T") and can_be_drawn:
        return _curves(got, wanted)
    if wrong.size < 2 or (wrong.ndim == 1 and len(wrong) < 3):
        return ""
    if wrong.all() and can_be_drawn:
        return _scatter(got.ravel(), wanted.ravel())
    return _map(wrong, axes.split()) if wrong.ndim < 4 else ""


def _map(wrong, axes):
    names = axes if len(axes) == wrong.ndim else [f"axis {i}" for i in range(wrong.ndim)]
    rows = wrong.reshape(-1, wrong.shape[-1])[:MOST, :MOST]
    row_name = " × ".join(names[:-1])
    cells = []
    for i, row in enumerate(rows):
        for j, bad in enumerate(row):
            x, y = 30 + j * (CELL + GAP), 18 + i * (CELL + GAP)
            cells.append(
                f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" rx="2" fill="{WRONG if bad else RIGHT}"/>'
            )
            if bad:  # not by colour alone
                cells.append(
                    f'<path d="M{x + 4} {y + 4}l6 6m0 -6l-6 6" stroke="{BACK}" stroke-width="1.6" fill="none"/>'
                )
    width = 34 + rows.shape[1] * (CELL + GAP)
    height = 22 + rows.shape[0] * (CELL + GAP)
    alt = f"Map of the result: {int(wrong.sum())} of {wrong.size} entries are wrong"
    return _svg(
        max(width, 90),
        height,
        alt,
        f'<text x="30" y="12">{names[-1]} →</text>'
        + (f'<text x="12" y="20" transform="rotate(90 12 20)">{row_name} →</text>' if row_name else "")
        + "".join(cells),
    )


def _scatter(got, wanted):
    size, left, bottom = 120, 26, 134
    low, high = float(min(got.min(), wanted.min())), float(max(got.max(), wanted.max()))
    span = (high - low) or 1.0

    def place(value):
        return size * (value - low) / span

    points = "".join(
        f'<circle cx="{left + place(w):.1f}" cy="{bottom - place(g):.1f}" r="3.2" fill="{WRONG}" fill-opacity="0.75"/>'
        for g, w in zip(got[:200], wanted[:200], strict=True)
    )
    frame = (
        f'<path d="M{left} {bottom - size}V{bottom}H{left + size}" stroke="currentColor" fill="none" opacity="0.5"/>'
        f'<path d="M{left} {bottom}L{left + size} {bottom - size}" stroke="{RIGHT}" stroke-width="1.6"/>'
        f'<text x="{left}" y="{bottom + 14}">expected (both axes: {low:.2g} to {high:.2g})</text>'
        f'<text x="14" y="{bottom}" transform="rotate(-90 14 {bottom})">yours</text>'
        f'<text x="{left + size + 6}" y="{bottom - size + 8}" fill="{RIGHT}">equal</text>'
    )
    alt = f"Your {len(got)} entries drawn against the expected ones; none lies on the line where they are equal"
    return _svg(left + size + 120, bottom + 20, alt, frame + points)


def _curves(got, wanted):
    width, height, left = 260, 90, 6
    both = np.concatenate([got, wanted])
    low, high = float(both.min()), float(both.max())
    span = (high - low) or 1.0

    def path(values):
        xs = left + (width - 2 * left) * np.arange(len(values)) / (len(values) - 1)
        ys = height - 8 - (height - 30) * (values - low) / span
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))

    lines = (
        f'<path d="{path(wanted)}" stroke="{RIGHT}" stroke-width="2" fill="none"/>'
        f'<path d="{path(got)}" stroke="{WRONG}" stroke-width="2" stroke-dasharray="5 3" fill="none"/>'
    )
    legend = f'<text x="6" y="12" fill="{RIGHT}">— wanted</text><text x="90" y="12" fill="{WRONG}">- - yours</text>'
    return _svg(width, height, "Your sequence, dashed, beside the wanted one", lines + legend)


def _svg(width, height, alt, body):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{alt}" font-size="11" font-family="sans-serif" fill="currentColor">'
        f"<title>{alt}</title>{body}</svg>"
    )
