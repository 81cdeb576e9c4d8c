"""Dates in the clock of a scene, and what the times of data count."""

from __future__ import annotations

import re

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.dates import MOMENT, read_since
from moviemaker.core.errors import InputError
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
        since = read_since(f"{start} ({calendar} calendar)")
        for text in WRITTEN:
            numbers = [int(each) for each in re.findall(r"\d+", text)]
            expected = cftime.date2num(cftime.datetime(*numbers, calendar=calendar), start, calendar)
            assert since.number(MOMENT.parse(text)) == pytest.approx(float(expected), abs=1e-6)


def test_what_is_no_date_is_said():
    for text in ("2001-13-01", "2001-01-32", "yesterday", "01.02.2001", "2001-1-1"):
        with pytest.raises(InputError, match="date"):
            MOMENT.parse(text)
    for text in ("days", "months since 2001-01-01", "days since 2001-02-30", "days since 2001-01-01 (lunar calendar)"):
        assert read_since(text) is None
    assert read_since("days since 2001-02-30 (360_day calendar)") is not None
    with pytest.raises(InputError, match="2001-02-29 does not exist"):
        read_since("days since 2001-01-01").number(MOMENT.parse("2001-02-29"))


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


def test_data_that_count_from_other_dates_are_told(tmp_path):
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
