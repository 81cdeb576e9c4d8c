"""Files of a series in the order of the numbers in their names."""

import random
from pathlib import Path

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.files.find import find_files
from moviemaker.data.files.order import in_order
from moviemaker.data.particles import Particles

SERIES = {
    "decimals": "t0 t0.25 t0.5 t0.75 t1",
    "decimals of different widths": "u_9.5 u_10 u_10.25 u_10.5",
    "decimals without a leading zero": "x_.25 x_.5 x_1",
    "a p for the point": "z0p25 z0p5 z1p0 z10p0",
    "signs": "z_-10 z_-5 z_0 z_5 z_10",
    "a sign after a letter, where others have none": "t-10 t-9.5 t0 t0.5",
    "a minus that separates": "run-1 run-2 run-10",
    "a minus that separates, then a sign": "run--5 run-0 run-5",
    "a minus of typographers": "z\u22125 z0 z5",
    "exponents": "e_1e-04 e_5e-04 e_1e-03 e_2e-03",
    "exponents without a sign": "x1.5e3 x2e3 x1e4",
    "signs, decimals and exponents": "a_2020_-1.5e-3 a_2020_0 a_2020_1.5e-3",
    "different widths": "s007 s8 s09 s10 s100",
    "several numbers": "a9_3 a10_2 a10_3 a10_20",
    "several numbers, of which one has decimals": "a_0.25_b3 a_0.5_b1 a_0.5_b10",
    "runs of negative times": "r1_t-2 r1_t-1 r1_t0 r2_t-1 r2_t0",
    "folders with numbers": "run2/s_1 run2/s_10 run10/s_2",
    "parts of snapshots": "snap_010.0 snap_010.3 snap_010.10 snap_011.0",
    "many parts": " ".join(f"snap.{part}" for part in range(12)),
    "versions": "v1.2 v1.3 v1.9 v1.10",
    "versions of three parts": "v1.2.9 v1.2.10 v1.10.0",
    "counters behind a point": "1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10 1.11",
    "numbers behind a point that separates": "out.9 out.10 out.0100",
    "dates": "2020-01-02 2020-01-10 2020-02-01 2021-01-01",
    "dates without separators": "20200102 20200110 20210101",
    "dates with times": "wrf_2005-08-28_00:00:00 wrf_2005-08-28_12:00:00 wrf_2005-08-29_00:00:00",
    "dates with the day first": "31-12-2019 01-01-2020 15-02-2020",
    "dates with the month first": "12-31-2019 01-01-2020 02-15-2020",
    "dates with points": "x_1.2.2019 x_1.3.2019 x_2.1.2020",
    "months with names": "flow_Jan_2020 flow_February_2020 flow_Jan_2021",
    "days of months with names": "1jan2020 10jan2020 2feb2020",
    "months alone": "jan feb mar apr may jun",
    "three numbers that are not dates": "a_2_10_1500 a_10_3_1200",
    "a name that begins like a month": "dec_-10 dec_0 dec_10",
    "lead times": "T+000 T+006 T+012 T+120",
    "one number with other endings": "a_1 a_1b a_2",
    "equal numbers": "m01 m1 m2",
    "no numbers": "alpha beta gamma",
}


@pytest.mark.parametrize("names", SERIES.values(), ids=SERIES.keys())
@pytest.mark.parametrize("ending", [".npz", "", ".nii.gz"])
def test_files_ascend_by_the_numbers_in_their_names(names, ending):
    right = [Path("/data/run-3/2020-12-01") / f"{name}{ending}" for name in names.split()]
    for seed in range(3):
        mixed = random.Random(seed).sample(right, len(right))
        assert [path.name for path in in_order(mixed)] == [path.name for path in right]


def test_numbers_in_endings_do_not_count():
    names = ["t1.h5", "t1.5.h5", "t2.h5", "t10.h5"]
    assert [path.name for path in in_order(map(Path, reversed(names)))] == names


@pytest.mark.parametrize("names", ["t0 t0.25 t0.5 t0.75 t1", "z_-10 z_-5 z_0 z_5", "e_1e-04 e_5e-04 e_1e-03 e_2e-03"])
def test_snapshots_of_a_glob_come_in_this_order(tmp_path, names):
    for place, name in enumerate(names.split()):
        np.savez(tmp_path / f"{name}.npz", position=np.array([[place, 0, 0], [place, 1, 0]], float))
    source = build(Particles, {"kind": "particles", "file": "*.npz"}).open(tmp_path)
    assert [source.at(time).position[0, 0] for time in source.times] == list(range(len(names.split())))


def test_lists_stay_in_their_order(tmp_path):
    for name in ("t2.npz", "t1.npz"):
        np.savez(tmp_path / name, position=np.zeros((1, 3)))
    assert [path.name for path in find_files(["t2.npz", "t1.npz"], tmp_path)] == ["t2.npz", "t1.npz"]


def test_times_in_files_that_contradict_the_order_are_refused(tmp_path):
    for name, time in (("a1", 5.0), ("a2", 3.0)):
        np.savez(tmp_path / f"{name}.npz", position=np.zeros((1, 3)), time=np.array([time]))
    with pytest.raises(InputError, match="time 3 comes after 5"):
        build(Particles, {"kind": "particles", "file": "a*.npz"}).open(tmp_path)
