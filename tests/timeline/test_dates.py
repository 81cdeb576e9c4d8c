"""Dates in the clock of a scene, and the units of the times of data."""

from __future__ import annotations

import re

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.dates import MOMENT, known_since, parse_since
from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.core.sources import time_unit
from moviemaker.data.columns.dates import TimeColumn
from moviemaker.data.density import Density
from moviemaker.data.particles import Particles
from tests.test_api import scene_dict

WRITTEN = (
    "1582-10-04",
    "1582-10-15",
    "1900-02-28",
    "1999-12-30T18:30",
    "2000-02-28",
    "2001-03-01T06:00:30",
    "2100-03-01",
)
CALENDARS = ("standard", "proleptic_gregorian", "julian", "noleap", "all_leap", "360_day")
STARTS = (
    "days since 1850-1-1",
    "hours since 1900-01-01 00:00:0.0",
    "seconds since 1970-01-01T12:00:00Z",
    "days since 0001-01-01",
)


@pytest.mark.parametrize("calendar", CALENDARS)
def test_dates_are_counted_as_the_conventions_say(calendar):
    cftime = pytest.importorskip("cftime")
    for start in STARTS:
        since = known_since(f"{start} ({calendar} calendar)")
        for text in WRITTEN:
            numbers = [int(each) for each in re.findall(r"\d+", text)]
            expected = cftime.date2num(cftime.datetime(*numbers, calendar=calendar), start, calendar)
            assert since.number(MOMENT.parse(text)) == pytest.approx(float(expected), abs=1e-6)


def test_wrong_dates_are_reported():
    for text in ("2001-13-01", "2001-01-32", "yesterday", "01.02.2001", "2001-1-1"):
        with pytest.raises(InputError, match="date"):
            MOMENT.parse(text)
    for text in ("days", "months since 2001-01-01", "days since 2001-02-30", "days since 2001-01-01 (lunar calendar)"):
        assert known_since(text) is None
    assert known_since("days since 2001-02-30 (360_day calendar)") is not None
    with pytest.raises(InputError, match="2001-02-29 does not exist"):
        known_since("days since 2001-01-01").number(MOMENT.parse("2001-02-29"))


DATES = np.array(["1500-03-02T06:00", "1582-10-04", "1582-10-15", "1970-01-01", "2020-06-30T18:30"], "datetime64[us]")


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("start", [*STARTS, "hours since 1582-10-16", "msec since 2000-1-1 00:00 +05:30"])
def test_columns_of_dates_are_counted_in_the_same_way(calendar, start):
    cftime = pytest.importorskip("cftime")
    units = f"{start} ({calendar} calendar)"
    parts = [date.timetuple()[:5] for date in DATES.tolist()]
    expected = [float(cftime.date2num(cftime.datetime(*each, calendar=calendar), start, calendar)) for each in parts]
    found = TimeColumn(format="ISO", units=units).numbers(DATES)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-6)
    written = [MOMENT.parse(str(date)[:16]) for date in DATES]
    assert found == pytest.approx([parse_since(units).number(date) for date in written], rel=1e-12, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Days SINCE 1970-01-01", "days since 1970-01-01"),
        ("day since 1970-1-1", "days since 1970-01-01"),
        ("weeks since 1970-01-01 00:00:00.0", "weeks since 1970-01-01"),
        ("hours since 1970-01-01 00:00 UTC", "hours since 1970-01-01"),
        ("days since 1970", "days since 1970-01-01"),
        ("days since 1970-01", "days since 1970-01-01"),
        ("seconds since 1992-10-8 15:15:42.5 -6:00", "seconds since 1992-10-08T21:15:42.5"),
        ("days since 2000-01-01 (gregorian calendar)", "days since 2000-01-01"),
    ],
)
def test_units_are_understood_in_data_and_in_scenes_alike(text, same):
    date = MOMENT.parse("2001-02-03")
    assert parse_since(text).number(date) == parse_since(same).number(date)
    values = np.array(["2001-02-03"])
    assert TimeColumn(units=text).numbers(values) == [parse_since(same).number(date)]


@pytest.mark.parametrize(
    "text",
    [
        *("days", "days since June", "days since now", "days since today", "days since NaT", "days since -4713-01-01"),
        *("months since 2001-01-01", "days since 2001-13-01", "days since 2001-00-01", "days since 2001-02-29"),
        *("days since 1582-10-10", "days since 2001-01-01 (lunar calendar)"),
    ],
)
def test_units_are_refused_in_data_and_in_scenes_alike(text):
    assert known_since(text) is None
    with pytest.raises(InputErrors, match=r"is not a unit of time since a date|no such date|not exist|is not known"):
        build(TimeColumn, {"units": text})


def test_dates_of_data_that_the_calendar_lacks_are_reported():
    column = TimeColumn(units="days since 2000-01-01 (noleap calendar)")
    with pytest.raises(InputError, match="2004-02-29 does not exist") as caught:
        column.numbers(np.array(["2004-02-28", "2004-02-29"]))
    assert caught.value.at == ("time",)
    assert np.isnan(column.numbers(np.array(["NaT", "2004-02-28"], "datetime64[us]"))).tolist() == [True, False]


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ({"column": "date", "format": "ISO", "units": "hours since 2001-01-01"}, "hours since 2001-01-01"),
        ({"column": "date"}, "days since 1970-01-01"),
        ({"column": "number"}, ""),
        ({"column": "number", "format": "YYYYMMDD"}, "days since 1970-01-01"),
    ],
)
@pytest.mark.parametrize("keys", [{}, {"trajectories": True}, {"select": "x > 0"}, {"times": [1, 2]}])
def test_particles_say_what_their_times_count(tmp_path, column, unit, keys):
    rows = ["2001-03-01,20010301,1,0,0,1", "2001-03-02,20010302,2,0,0,1"]
    (tmp_path / "b.csv").write_text("\n".join(["date,number,x,y,z,id", *rows]), encoding="utf-8")
    source = build(Particles, {"kind": "particles", "file": "b.csv", "time": column, **keys}).open(tmp_path)
    assert time_unit(source) == ("" if "times" in keys else unit)
    some = build(Particles, {"kind": "particles", "of": "b", "every": 1}).open(tmp_path, {"b": source})
    assert time_unit(some) == time_unit(source)
    dense = build(Density, {"kind": "density", "of": "b"}).open(tmp_path, {"b": source})
    assert time_unit(dense) == time_unit(source)


def write_map(path, units, calendar="standard", value=0.0):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(path, "w") as file:
        for name, values, unit in (
            ("time", [0.0, 400.0], units),
            ("lat", [-10.0, 0.0, 10.0], "degrees_north"),
            ("lon", [0.0, 10.0, 20.0], "degrees_east"),
        ):
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,))[:] = values
            file[name].units = unit
        file["time"].calendar = calendar
        file.createVariable("sst", "f4", ("time", "lat", "lon"))[:] = value


def scene_of(tmp_path, clock, **data):
    layers = [{"kind": "surface", "data": name} for name in data if name != "bergs"]
    layers += [{"kind": "points", "data": "bergs"}] * ("bergs" in data)
    return mm.Scene.from_dict(scene_dict(data=data, layers=layers, clock=clock, duration=10), folder=tmp_path)


@pytest.mark.parametrize(("calendar", "days"), [("standard", 60), ("360_day", 60), ("noleap", 59)])
def test_a_clock_of_dates_follows_the_calendar_of_the_data(tmp_path, calendar, days):
    write_map(tmp_path / "a.nc", "days since 2000-01-01", calendar)
    scene = scene_of(tmp_path, {0: "2000-01-01", 10: "2000-03-01"}, sst={"kind": "mesh", "file": "a.nc"})
    assert scene.still(5.0).ndim == 3
    assert [scene.prepared.script.data_time(time) for time in (0.0, 5.0, 10.0)] == [0, days / 2, days]


def test_dates_need_data_that_count_from_one(tmp_path):
    np.save(tmp_path / "p.npy", np.zeros((2, 3, 3)))
    with pytest.raises(mm.SceneError, match=r"clock\[10\]: 2000-03-01 is a date, and no data say"):
        scene_of(tmp_path, {0: 0, 10: "2000-03-01"}, bergs={"kind": "particles", "file": "p.npy"})


def test_data_that_count_from_different_dates_are_reported(tmp_path):
    write_map(tmp_path / "a.nc", "days since 2000-01-01")
    rows = [f"{date},{date % 7}.0,0,0,1" for date in (2000001, 2000031, 2000061)]
    (tmp_path / "b.csv").write_text("\n".join(["date,x,y,z,id", *rows]), encoding="utf-8")
    bergs = {"kind": "particles", "file": "b.csv", "time": {"column": "date", "format": "YYYYDDD"}}
    told = scene_of(tmp_path, None, sst={"kind": "mesh", "file": "a.nc"}, bergs=bergs).warnings
    assert any(
        "data.bergs: its times are days since 1970-01-01, those of data.sst days since 2000-01-01" in t for t in told
    )
    bergs["time"]["units"] = "days since 2000-01-01"
    told = scene_of(tmp_path, {0: "2000-01-01"}, sst={"kind": "mesh", "file": "a.nc"}, bergs=bergs).warnings
    assert not any("its times are" in text for text in told)


def test_data_made_of_others_are_not_reported_again(tmp_path):
    write_map(tmp_path / "a.nc", "days since 2000-01-01")
    rows = [f"{date},{date % 7}.0,0,0,1" for date in (2000001, 2000031, 2000061)]
    (tmp_path / "b.csv").write_text("\n".join(["date,x,y,z,id", *rows]), encoding="utf-8")
    bergs = {"kind": "particles", "file": "b.csv", "time": {"column": "date", "format": "YYYYDDD"}}
    data = {"sst": {"kind": "mesh", "file": "a.nc"}, "bergs": bergs, "some": {"of": "bergs", "every": 1}}
    layers = [{"kind": "surface", "data": "sst"}, {"kind": "points", "data": "some"}]
    scene = mm.Scene.from_dict(scene_dict(data=data, layers=layers), folder=tmp_path)
    assert [text.partition(":")[0] for text in scene.warnings if "its times are" in text] == ["data.bergs"]
