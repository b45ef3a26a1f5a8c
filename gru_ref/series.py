"""Series of measurements in order of time: three from the package statsmodels, and a reader's own file. Introduced in lesson 18."""

import datetime
import math
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_size
from gru_ref.packaged import Packaged

TAUGHT_IN = {"*": None}  # reads data

TESTED = "0.15.0"  # version of statsmodels
FILES = {  # what was tested: bytes and SHA-256
    "sunspots": (2_944, "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b"),
    "elnino": (5_508, "b647be00e0fd264be9764e317e6b963f35030014ecca2b21b204521716e463ad"),
    "co2": (33_974, "16695fa2786e53414e5a6b54767a3fdf5de99cfbc68617f69d1362d92776a92f"),
}
CALLS = {"sunspots": "sunspots", "elnino": "el_nino", "co2": "co2"}
MOST_NAMED, UNEVEN = 3, 1.6  # bad lines in a message; a step so many times the usual one is a gap
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


class Series(NamedTuple):
    """N measurements at equal steps of time.

    name: str; times (N,) floats, in years, or 0, 1, 2 … if nothing is known about them; values (N,) floats; period: int,
    steps in a year or another natural cycle, 1 if there is none; unit: str, of the values; source: str.
    """

    name: str
    times: ndarray
    values: ndarray
    period: int
    unit: str
    source: str


def sunspots(tested_only=True):
    """The mean number of sunspots in each year from 1700 to 2008.

    Parameters
    ----------
    tested_only : bool; False accepts another version of the file than the one that the course was tested with

    Returns
    -------
    series : Series of 309 values; its period is 11, the usual length of a solar cycle in years

    Raises
    ------
    ModuleNotFoundError
        If the package statsmodels is not installed.
    ValueError
        If the file is missing, has changed, or cannot be read.

    Source: National Geophysical Data Center, as packaged in statsmodels 0.15.0; public domain.
    """
    years, values = np.array(_rows("sunspots", 2, tested_only)).T
    return Series("sunspots", years, values, 11, "sunspots", _statsmodels("sunspots").source)


def el_nino(tested_only=True):
    """The mean temperature of the sea's surface off Peru in each month from 1950 to 2010.

    Parameters and errors are those of `sunspots`.

    Returns
    -------
    series : Series of 732 values in °C, period 12; the region is 0–10° S, 90–80° W (Niño 1+2)

    Source: NOAA, ERSST.V3B, as packaged in statsmodels 0.15.0; public domain.
    """
    rows = np.array(_rows("elnino", 13, tested_only))
    times = (rows[:, :1] + np.arange(12) / 12).ravel()
    return Series("El Niño", times, rows[:, 1:].ravel(), 12, "°C", _statsmodels("elnino").source)


def co2(tested_only=True):
    """The carbon dioxide in the air at Mauna Loa, Hawaii, in each month from March 1958 to December 2001.

    The file holds weeks, 59 of them without a value. A month is the mean of its weeks. Five months, all before 1965, have no
    week; each of them lies on the straight line between its neighbours.

    Parameters and errors are those of `sunspots`.

    Returns
    -------
    series : Series of 526 values in ppm (parts per million), period 12

    Source: C.D. Keeling and T.P. Whorf (2004), "Atmospheric CO2 concentrations derived from flask air samples at sites in the
    SIO network", in Trends: A Compendium of Data on Global Change, as packaged in statsmodels 0.15.0; public domain.
    """
    weeks = np.array(_rows("co2", 2, tested_only))
    month = weeks[:, 0] // 10_000 * 12 + weeks[:, 0] // 100 % 100 - 1  # from a date such as 19580329
    months = np.arange(month[0], month[-1] + 1)
    real = ~np.isnan(weeks[:, 1])
    means = np.array([weeks[real & (month == m), 1].mean() if (real & (month == m)).any() else np.nan for m in months])
    known = ~np.isnan(means)
    return Series(
        "CO₂", months / 12, np.interp(months, months[known], means[known]), 12, "ppm", _statsmodels("co2").source
    )


def _statsmodels(name):
    """The package, as far as it holds this series. To import it takes seconds, and brings along pandas."""
    return Packaged("statsmodels", TESTED, f"the series {name}", CALLS[name])


def _rows(name, columns, tested_only):
    return read_rows(_statsmodels(name).folder() / "datasets" / name / f"{name}.csv", columns, tested_only)


def read_rows(path, columns, tested_only=True):
    """Read a file of statsmodels: a list of lists of `columns` floats; where nothing stands, NaN. Errors as in `sunspots`."""
    package = _statsmodels(path.stem)
    data = package.read(path, *FILES[path.stem], tested_only)
    rows = []
    for number, line in enumerate(data.decode("utf-8").splitlines()[1:], 2):  # below a line of titles
        try:
            rows.append([float(cell) if cell.strip() else math.nan for cell in line.split(",")])
            fits = len(rows[-1]) == columns
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(
                f"{path}: line {number} is {line[:40]!r}, but should be {columns} numbers: {package.way_out}"
            )
    return rows


def read_series(path, period=1, unit="its unit"):
    """Read a reader's own series: a text file with one value in each line, or with lines ``date,value``.

    Dates are ``2024``, ``2024-05`` or ``2024-05-31``, in order, and without gaps. A first line of titles is skipped, such as
    ``date,CO2``: each cell holds a letter, and none begins like a number. Blank lines count, in numbering, but hold nothing.

    Parameters
    ----------
    path : str or Path of a UTF-8 text file; numbers have a decimal point
    period : int, steps in a natural cycle, such as 12 for months; 1 if there is none
    unit : str, of the values, for figures

    Returns
    -------
    series : Series

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line is not a finite number, or a date and one; the message gives the lines' numbers, counted from 1. If the
        dates are not in order, or leave a gap; if the file is not UTF-8 or holds fewer than two values; or if period is not an
        integer of at least 1.
    """
    check_size("period", period)
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}: the path counts from {Path.cwd()}")
    numbers, dates, values, bad = [], [], [], []
    for number, line in enumerate(_lines(path), 1):
        cells = [cell.strip() for cell in line.split(",")]
        if not line.strip() or (number == 1 and _is_title(cells)):
            continue
        try:
            date, value = _dated(cells)
        except ValueError as error:
            bad.append(f"line {number} is {line.strip()[:40]!r}, {error}")
            continue
        if dates and (date is None) != (dates[-1] is None):
            bad.append(f"line {number} has {'no' if date is None else 'a'} date, unlike the lines before it")
            continue
        numbers.append(number)
        dates.append(date)
        values.append(value)
    if bad:
        more = f", and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
        raise ValueError(f"{path}: {'; '.join(bad[:MOST_NAMED])}{more} (a line should be: value, or date,value)")
    if len(values) < 2:
        raise ValueError(f"{path} holds {len(values)} values, but a series has at least two")
    times = np.arange(len(values), dtype=float) if dates[0] is None else _in_order(path, numbers, np.array(dates))
    return Series(path.stem, times, np.array(values), int(period), unit, path.name)


def _lines(path):
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").splitlines()  # some editors begin a file with a mark
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}: line {number} is not UTF-8 (byte {data[error.start]:#04x}): save the file as UTF-8"
        ) from error


def _is_title(cells):
    return all(re.match(r"[^\d+\-.]", cell) and any(character.isalpha() for character in cell) for cell in cells)


def _dated(cells):
    """(date in years or None, value) of a line's cells; the ValueError says what is wrong with them."""
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if mark in cells[0]:
            raise ValueError(f"whose cells are divided by {name}: divide them by commas")
    if len(cells) > 2:
        raise ValueError(f"with {len(cells) - 1} commas: is one of them a decimal comma?")
    try:
        value = float(cells[-1])
    except ValueError:
        raise ValueError("which holds no value" if not cells[-1] else f"and {cells[-1]!r} is not a number") from None
    if not math.isfinite(value):
        raise ValueError("which is not finite: fill the gap, or leave out what comes before it")
    return (_years(cells[0]) if len(cells) == 2 else None), value


def _years(text):
    """A date as a number of years: months are equally long, days are not."""
    parts = _DATE.fullmatch(text)
    if not parts:
        raise ValueError(f"and {text!r} is not a date such as 2024, 2024-05 or 2024-05-31")
    year, month, day = (int(part) if part else None for part in parts.groups())
    if month is None:
        return float(year)
    try:
        date = datetime.date(year, month, day or 1)
    except ValueError:
        raise ValueError(f"and there is no date {text}") from None
    if day is None:
        return year + (month - 1) / 12
    return year + (date - datetime.date(year, 1, 1)).days / (366 if _is_leap(year) else 365)


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _in_order(path, numbers, times):
    """The times, unless they do not increase or leave a gap."""
    steps = np.diff(times)
    if (steps <= 0).any():
        k = int(np.argmax(steps <= 0))
        turned = ": the newest value stands first, so turn the file round" if (steps < 0).all() else ""
        raise ValueError(
            f"{path}: line {numbers[k + 1]} is not later than line {numbers[k]}, but dates should increase{turned}"
        )
    usual = float(np.median(steps))
    uneven = (steps > UNEVEN * usual) | (steps < usual / UNEVEN)
    if uneven.any():
        k = int(np.argmax(uneven))
        raise ValueError(
            f"{path}: from line {numbers[k]} to line {numbers[k + 1]} it is {steps[k] / usual:.2g} times the usual step, but steps "
            "should be equal: fill the gap, take means of longer steps, or leave out the dates if it does not matter"
        )
    return times
