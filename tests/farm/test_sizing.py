"""Who draws is decided by what was measured; the surroundings of a process follow from its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from moviemaker.core.machine import cores
from moviemaker.farm.crew.sizing import Machine, Plan, Sizing
from moviemaker.farm.crew.surroundings import Gpu, gpus_of, surroundings

BIG = Machine(cores=8, further=100, each=1 << 30)


def measured(seconds: float, busy: float, opening: float = 1.0, frames: int = 4) -> Sizing:
    made = Sizing(opening)
    for place in range(frames):
        made.drawn(seconds + (place == 0), busy + (place == 0))
    return made


def test_nothing_is_decided_before_some_frames_are_drawn():
    sizing = Sizing(0.0)
    decided = []
    for _ in range(4):
        decided.append(sizing.is_measured)
        sizing.drawn(1.0, 1.0)
    assert decided == [False, False, False, True]
    sizing = Sizing(0.0)
    sizing.drawn(60.0, 60.0)
    assert sizing.is_measured, "three frames that each take a minute are too many to wait for"


@pytest.mark.parametrize(
    ("seconds", "busy", "left", "workers"),
    [
        (0.5, 0.5, 1000, 8),  # one core is busy
        (0.5, 3.9, 1000, 1),  # all are
        (0.5, 3.0, 1000, 8),  # a quarter is idle
        (0.5, 3.6, 1000, 8),  # a tenth is idle, and threads that wait for each other keep cores busy too
        (0.5, 0.5, 6, 1),  # too few frames are left to start others
        (20.0, 20.0, 3, 3),  # not more than frames
    ],
)
def test_how_many_are_tried(seconds, busy, left, workers):
    assert measured(seconds, busy).plan(left, BIG).workers == workers


def test_what_starting_costs_is_measured_too():
    quick, slow = measured(0.1, 0.1, opening=0.1), measured(0.1, 0.1, opening=30.0)
    assert quick.start == pytest.approx(0.6 + 0.1 + 1.0)
    assert quick.plan(100, BIG).workers == 8
    assert slow.plan(100, BIG).workers == 1


def test_a_decision_for_one_process_stays_unless_frames_become_much_longer():
    sizing, two = measured(0.2, 0.2, frames=6), Machine(cores=2, further=9, each=1)
    assert sizing.plan(16, two).workers == 1
    assert sizing.plan(17, two).workers == 1, "as good as undecided"
    assert measured(0.2, 0.2, frames=6).plan(17, two).workers == 2
    for _ in range(6):
        sizing.drawn(0.8, 0.8)
    assert sizing.plan(17, two).workers == 2


def test_what_a_spare_process_has_done_already_is_not_counted_again():
    sizing = Sizing(0.1)
    sizing.drawn(1.5, 1.5, loading=0.5)
    for _ in range(3):
        sizing.drawn(0.2, 0.2)
    two = Machine(cores=2, further=9, each=1)
    assert sizing.start == pytest.approx(0.6 + 0.1 + 1.3)
    assert sizing.plan(10, two).workers == 1
    assert sizing.plan(10, replace(two, spares=1)).workers == 2


def test_gpus_and_memory_limit_the_number():
    assert Machine(16, 100, 1, gpus=1).workers(100) == 2
    assert Machine(16, 100, 1, gpus=4).workers(100) == 8
    assert Machine(16, 3, 1).workers(100) == 4
    assert Machine(16, 0, 1).workers(100) == 1


def test_this_process_stays_in_short_films_and_where_the_memory_is_short():
    assert measured(0.5, 0.5).plan(200, BIG) == Plan(8, own=False)
    assert measured(0.01, 0.01).plan(2000, BIG) == Plan(8, own=True)
    two = Machine(cores=2, further=9, each=1)
    assert measured(0.1, 0.1).plan(300, two) == Plan(2, own=True)
    assert measured(0.1, 0.1).plan(30000, two) == Plan(2, own=False)
    assert measured(1.0, 1.0).plan(300, two) == Plan(2, own=False)
    assert measured(1.0, 1.0).plan(300, Machine(cores=2, further=1, each=1)) == Plan(2, own=True)


@pytest.mark.parametrize(("every", "faster"), [(0.1, True), (0.6, False)])
def test_the_verdict_counts_whole_frames_of_each(every, faster):
    sizing = measured(0.25, 0.25)
    sizing.answered("a", 0.0)  # before all draw
    sizing.count()
    for place in range(4):
        assert sizing.verdict(2) is None
        sizing.answered("a", 10 + every * place * 4)
        sizing.answered("b", 10.05 + every * place * 4)
    found = sizing.verdict(2)
    assert found is not None
    assert found[0] is faster


@pytest.mark.parametrize(("cost", "several"), [(3.0, True), (1.0, True), (0.3, False)])
def test_frames_that_cost_more_or_less_than_the_first_ones_do_not_mislead(cost, several):
    """Two processes keep two cores busy, or one if one waits for the other; one alone kept one and a quarter busy."""
    sizing = measured(0.4, 0.5)
    sizing.plan(1000, Machine(cores=2, further=2, each=1))
    sizing.count()
    cores = 2.0 if several else 1.0
    for place in range(8):
        for worker in "ab":
            sizing.answered(worker, cost * place / cores, 0.5 * cost)
    found = sizing.verdict(2)
    assert found is not None
    assert found[0] is several


def test_the_verdict_in_numbers():
    sizing = measured(0.5, 0.5)
    sizing.count()
    for place in range(5):
        for worker in "ab":
            sizing.answered(worker, 3.0 + 0.4 * place)
    assert sizing.verdict(2) == (True, "they draw 5.0 frames a second, and one drew 2.0 frames a second")


def test_threads_are_shared_and_what_the_user_has_set_stays():
    found = surroundings(1, 4, 10, (), {"OMP_NUM_THREADS": "7"})
    assert found["LP_NUM_THREADS"] == found["NUMBA_NUM_THREADS"] == found["VTK_SMP_MAX_THREADS"] == "2"
    assert "OMP_NUM_THREADS" not in found
    assert "CUDA_VISIBLE_DEVICES" not in found
    assert surroundings(0, 4, 2, (), {})["LP_NUM_THREADS"] == "1"


def test_each_process_has_one_of_several_gpus():
    gpus = (Gpu("2", 2), Gpu("5", 5))
    found = [surroundings(place, 3, 8, gpus, {}) for place in range(3)]
    assert [each["CUDA_VISIBLE_DEVICES"] for each in found] == ["2", "5", "2"]
    assert [each["VTK_DEFAULT_EGL_DEVICE_INDEX"] for each in found] == ["2", "5", "2"]
    assert "CUDA_VISIBLE_DEVICES" not in surroundings(0, 3, 8, gpus[:1], {})
    assert "VTK_DEFAULT_EGL_DEVICE_INDEX" not in surroundings(0, 3, 8, gpus, {"VTK_DEFAULT_EGL_DEVICE_INDEX": "1"})


def test_gpus_are_found_without_asking_a_library(tmp_path):
    nvidia, nodes = tmp_path / "gpus", tmp_path / "dri"
    assert gpus_of({}, nvidia, nodes) == ()
    nodes.mkdir()
    for name in ("card0", "renderD128", "renderD129"):
        (nodes / name).touch()
    assert gpus_of({}, nvidia, nodes) == (Gpu("", 0), Gpu("", 1))
    for name in ("0000:3b:00.0", "0000:5e:00.0", "0000:af:00.0"):
        (nvidia / name).mkdir(parents=True)
    assert gpus_of({}, nvidia, nodes) == (Gpu("0", 0), Gpu("1", 1), Gpu("2", 2))
    assert gpus_of({"CUDA_VISIBLE_DEVICES": "2, 0"}, nvidia, nodes) == (Gpu("2", 2), Gpu("0", 0))
    assert gpus_of({"CUDA_VISIBLE_DEVICES": "1,7,0"}, nvidia, nodes) == (Gpu("1", 1),)
    assert gpus_of({"CUDA_VISIBLE_DEVICES": "-1"}, nvidia, nodes) == ()
    assert gpus_of({"CUDA_VISIBLE_DEVICES": ""}, nvidia, nodes) == ()


@pytest.mark.parametrize(
    ("own", "files", "count"),
    [
        ("0::/a/b\n", {"a/cpu.max": "150000 100000", "a/b/cpu.max": "max 100000"}, 2),
        ("0::/a\n", {"a/cpu.max": "max 100000"}, 64),
        ("4:cpu,cpuacct:/a\n", {"cpu/a/cpu.cfs_quota_us": "300000", "cpu/a/cpu.cfs_period_us": "100000"}, 3),
        ("4:cpu:/a\n", {"cpu/a/cpu.cfs_quota_us": "-1", "cpu/a/cpu.cfs_period_us": "100000"}, 64),
        ("nonsense", {}, 64),
    ],
)
def test_containers_limit_the_cores(own, files, count, tmp_path, monkeypatch):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "own").write_text(own)
    monkeypatch.setattr(cores, "_CGROUPS", tmp_path)
    monkeypatch.setattr(cores, "_OWN_CGROUP", Path(tmp_path / "own"))
    monkeypatch.setattr(cores, "_bound", lambda: 64)
    assert cores.usable_cores() == count


def test_libraries_start_no_more_threads_than_a_container_has_cores(monkeypatch):
    environment = {"OMP_NUM_THREADS": "5"}
    monkeypatch.setattr(cores.os, "environ", environment)
    monkeypatch.setattr(cores, "usable_cores", lambda: 3)
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 3)
    cores.respect_limits()
    assert environment == {"OMP_NUM_THREADS": "5"}
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 64)
    cores.respect_limits()
    assert environment["LP_NUM_THREADS"] == "3"
    assert environment["OMP_NUM_THREADS"] == "5"
