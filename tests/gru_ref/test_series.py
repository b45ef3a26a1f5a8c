"""Series are read as they were counted; what is missing, has changed or cannot be read is named with a way out."""

import importlib.util
import re
import sys

import numpy as np
import pytest

from gru_ref import co2, el_nino, read_series, series, sunspots


def test_the_sunspots_are_those_that_were_counted():
    read = sunspots()
    assert len(read.values) == 309 and read.times[[0, -1]].tolist() == [1700, 2008] and read.period == 11
    assert read.values[[0, 257, -1]].tolist() == [5.0, 190.2, 2.9] and read.values.max() == 190.2
    assert read.source == "statsmodels 0.15.0"


def test_el_nino_is_read_month_by_month():
    read = el_nino()
    assert len(read.values) == 61 * 12 and read.values[:3].tolist() == [23.11, 24.2, 25.37]
    assert read.values[-1] == 22.07 and read.times[12] == 1951 and read.period == 12


def test_co2_becomes_months_and_only_five_are_filled_in():
    read = co2()
    assert len(read.values) == 526 and np.isfinite(read.values).all() and read.period == 12
    assert read.values[0] == 316.1 and read.values[1] == pytest.approx(317.2)
    rows = np.array(series._rows("co2", 2, True))
    assert np.isnan(rows[:, 1]).sum() == 59
    filled = [f"{int(d)}"[:6] for d in rows[:, 0]]
    months = {m: np.isfinite(rows[[f == m for f in filled], 1]).any() for m in dict.fromkeys(filled)}
    without = [m for m, has in months.items() if not has]
    assert without == ["195806", "195810", "196402", "196403", "196404"]  # all of them in the training part
    places = [(int(m[:4]) - 1958) * 12 + int(m[4:]) - 3 for m in without]
    line = (read.values[places[0] - 1] + read.values[places[0] + 1]) / 2
    assert read.values[places[0]] == pytest.approx(line)


def test_statsmodels_itself_is_not_imported():
    before = set(sys.modules)
    sunspots(), el_nino(), co2()
    assert not {name.partition(".")[0] for name in set(sys.modules) - before} & {"statsmodels", "pandas"}


@pytest.mark.parametrize("read", [sunspots, el_nino, co2])
def test_without_the_package_the_message_says_what_to_install(monkeypatch, read):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=re.escape("pip install statsmodels==0.15.0")):
        read()


def test_a_file_that_is_missing_or_has_changed_is_named(tmp_path):
    path = tmp_path / "sunspots.csv"
    with pytest.raises(ValueError, match=r"sunspots.csv is missing.*pip install"):
        series.read_rows(path, 2)
    path.write_text("YEAR,SUNACTIVITY\n1700,5\n1701,\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"SHA-256 .*but was tested with 2,944 and f67889b1d900.*sunspots\(tested_only=False\)"
    ):
        series.read_rows(path, 2)
    (first, second) = series.read_rows(path, 2, tested_only=False)
    assert first == [1700, 5] and second[0] == 1701 and np.isnan(second[1])


@pytest.mark.parametrize("line", ["1702,eleven", "1702", "1702,3,4"])
def test_a_line_of_the_package_that_cannot_be_read_is_named(tmp_path, line):
    path = tmp_path / "sunspots.csv"
    path.write_text(f"YEAR,SUNACTIVITY\n1700,5\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 3 is .*but should be 2 numbers"):
        series.read_rows(path, 2, tested_only=False)


def written(tmp_path, text):
    path = tmp_path / "own.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "times", "values"),
    [
        ("1\n2.5\n\n-3e1\n", [0, 1, 2], [1, 2.5, -30]),
        ("value\n1\n2\n", [0, 1], [1, 2]),
        ('"month","CO2 (ppm)"\n2020,1\n2021,2\n', [2020, 2021], [1, 2]),
        ("\ufeffdate,value\r\n2020, 1\r\n2021,2\r\n2022,4\r\n", [2020, 2021, 2022], [1, 2, 4]),
        ("2020-11,1\n2020-12,2\n2021-1,4\n", [2020 + 10 / 12, 2020 + 11 / 12, 2021], [1, 2, 4]),
        ("2019-12-31,1\n2020-01-01,2\n2020-01-02,4\n", [2019 + 364 / 365, 2020, 2020 + 1 / 366], [1, 2, 4]),
    ],
)
def test_an_own_file_is_read(tmp_path, text, times, values):
    read = read_series(written(tmp_path, text), 12, "°C")
    np.testing.assert_allclose(read.times, times, rtol=0, atol=1e-9)
    assert read.values.tolist() == values
    assert (read.name, read.period, read.unit, read.source) == ("own", 12, "°C", "own.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\ntwo\n3\n", "line 2 is 'two', and 'two' is not a number"),
        ("1\n2\n\nnan\n", "line 4 is 'nan', which is not finite"),
        ("2020,1\n2021,\n", "line 2 is '2021,', which holds no value"),
        ("2020,1\n2021,2,5\n", "line 2 .* with 2 commas: is one of them a decimal comma"),
        ("date;value\n2020;1,5\n2021;2\n", "line 2 .*, whose cells are divided by semicolons: divide them by commas"),
        ("2020\t1\n", "line 1 .*, whose cells are divided by tabs"),
        ("2O20,1\n2021,2\n", "line 1 is '2O20,1', and '2O20' is not a date"),
        ("2020,1\n3\n", "line 2 has no date, unlike the lines before it"),
        ("1\n2020,3\n", "line 2 has a date, unlike the lines before it"),
        ("2020-01-01,1\n2020-02-30,3\n", "line 2 .* there is no date 2020-02-30"),
        ("1.1.2020,1\n", "line 1 .* '1.1.2020' is not a date such as 2024"),
        ("1a\nb\nc\nd\ne\n", r"line 1 .*; line 2 .*; line 3 .*, and 2 more .a line should be: value, or date,value"),
        ("2020,1\n2022,2\n2021,2\n", "line 3 is not later than line 2"),
        (
            "2022,1\n2021,2\n2020,2\n",
            "line 2 is not later than line 1.*newest value stands first, so turn the file round",
        ),
        ("2020,1\n2021,2\n2022,3\n2025,2\n", "from line 3 to line 4 it is 3 times the usual step"),
        ("2020,1\n2022,2\n2024,3\n2025,2\n", "from line 3 to line 4 it is 0.5 times the usual step"),
        ("7\n", "holds 1 values, but a series has at least two"),
        ("title\n", "holds 0 values"),
        (b"1\n\xe4\n", "line 2 is not UTF-8 .byte 0xe4"),
    ],
)
def test_an_own_file_that_cannot_be_read_is_named_by_its_line(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_series(written(tmp_path, text))


def test_a_file_that_is_not_there_and_a_wrong_period_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*the path counts from"):
        read_series(tmp_path / "nothing.csv")
    with pytest.raises(ValueError, match="period is 0, but should be an integer of at least 1"):
        read_series(written(tmp_path, "1\n2\n"), 0)
