"""What a machine has drawn tells how long other frames will take on it."""

import json
from dataclasses import asdict, replace

import pytest

from moviemaker.core.machine import cache
from moviemaker.farm.dask import Dask
from moviemaker.farm.serial import Serial
from moviemaker.rendering import speed
from moviemaker.rendering.speed import VERSION, Measured, Prediction, Speed, keep, measurements
from moviemaker.rendering.work import Cost

PIXELS = 1e-6


def guess(size):
    """A tenth of a second whatever the size, and a microsecond for each pixel."""
    seconds = 0.1 + size[0] * size[1] * PIXELS
    return Cost(seconds, 1.5 * seconds)


def measured(size=(400, 250), seconds=0.2, busy=0.3, **other):
    one = Measured(
        scene="/films/one.yaml",
        output="hd",
        size=size,
        renderer="software",
        start=4.0,
        cost=Cost(seconds, busy),
        guess=guess(size),
    )
    return replace(one, **other)


def predicted(*known, scene="/films/one.yaml", size=(400, 250), cores=1, guess=guess):
    return Speed(known, cores).predict(scene, "hd", size, guess)


def test_a_machine_that_has_drawn_nothing_is_guessed():
    found = predicted()
    assert found.basis == "guess"
    assert found.cost == guess((400, 250))


def test_the_same_output_takes_as_long_as_before():
    found = predicted(measured(seconds=0.7, busy=0.7))
    assert (found.basis, found.start) == ("measured", 4.0)
    assert found.total(100, 1) == pytest.approx(74)


def test_one_size_tells_how_far_the_guess_is_off():
    found = predicted(measured(seconds=0.6, busy=1.5), size=(800, 500))  # 3 and 5 times as much as was guessed
    assert found.cost == Cost(pytest.approx(3 * 0.5), pytest.approx(5 * 0.75))


def test_two_sizes_tell_what_each_pixel_takes():
    known = [measured(size=(200, 125), seconds=0.75, busy=0.8), measured(size=(400, 250), seconds=0.9, busy=1.1)]
    found = predicted(*known, size=(2000, 1000))
    assert found.cost == Cost(pytest.approx(0.7 + 2e-6 * 2e6), pytest.approx(0.7 + 4e-6 * 2e6))
    falling = [measured(size=(200, 125), seconds=0.9), measured(size=(400, 250), seconds=0.8)]
    assert predicted(*falling, size=(2000, 1000)).cost.seconds == pytest.approx(0.8)


def test_a_scene_that_has_changed_takes_as_much_longer_as_is_guessed():
    found = predicted(measured(seconds=0.7), guess=lambda size: guess(size) * Cost(2, 3))
    assert found.cost == Cost(pytest.approx(1.4), pytest.approx(0.9))


def test_other_outputs_are_as_far_off():
    quick, slower, slow = (measured(seconds=factor * 0.2, busy=0.6) for factor in (0.02, 0.04, 9.0))
    known = [replace(one, scene=f"/films/{place}.yaml") for place, one in enumerate((quick, slower, slow))]
    found = predicted(*known, scene="/films/new.yaml", size=(800, 500))
    assert found.basis == "others"
    assert found.cost == Cost(pytest.approx(0.04 * 0.5), pytest.approx(2 * 0.75))


def test_what_another_renderer_has_drawn_tells_nothing():
    assert (
        predicted(measured(seconds=9.0), measured(seconds=0.7, scene="/films/b.yaml", renderer="GPU")).basis == "others"
    )


def test_several_workers_are_faster_until_they_have_used_up_the_cores():
    alone = Prediction(0.0, Cost(1.0, 1.2), "measured", cores=2)
    assert [alone.each(workers) for workers in (1, 2, 3)] == [1.0, 0.6, 0.6]
    assert replace(alone, cores=64).each(4) == 0.25
    assert replace(alone, cost=Cost(1.0, 2.0)).each(2) == 1.0  # one has kept both busy already
    assert replace(alone, beside=0.4).each(2) == pytest.approx(0.8)  # the encoder needs cores too
    assert replace(alone, encoding=3.0).each(2) == 3.0


def test_each_worker_has_to_be_started():
    found = Prediction(5.0, Cost(1.0, 1.0), "measured", cores=2, opening=2.0)
    begun = found.total(0, 2)
    assert begun > 5 + 2
    assert found.total(0, 4) == 2 * begun  # they share the cores
    assert found.total(10, 2) == begun + 5


def test_several_workers_are_reckoned_with_where_they_are_worth_it():
    found = Prediction(5.0, Cost(1.0, 1.0), "measured", cores=2)
    assert found.total(3, None) == found.total(3, 1)
    assert found.total(8, None) == found.total(8, 1)
    assert found.total(1000, 2) < found.total(1000, None) < 1.02 * found.total(1000, 2)
    assert replace(found, cores=1).total(1000, None) == 1005
    assert replace(found, cost=Cost(1.0, 2.0)).total(1000, None) == 1005


def test_measurements_are_kept_for_each_output_and_size(tmp_path, monkeypatch):
    path = tmp_path / "speed" / "this.jsonl"
    monkeypatch.setattr(speed, "kept_file", lambda: path)
    monkeypatch.setattr(speed, "KEPT", 3)
    keep(measured(seconds=0.5))
    keep(measured(seconds=0.7))
    assert measurements() == [measured(seconds=0.7)]
    for number in range(3):
        keep(measured(scene=f"/films/{number}.yaml"))
    assert [one.scene for one in measurements()] == ["/films/0.yaml", "/films/1.yaml", "/films/2.yaml"]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        "null",
        json.dumps(asdict(measured(version=VERSION + 1))),
        json.dumps(asdict(measured(seconds=float("nan")))),
        json.dumps(asdict(measured(seconds=0.0))),
        json.dumps(asdict(measured(size=(0, 250)))),
        json.dumps(asdict(measured(busy=-1.0))),
        json.dumps(asdict(measured(encoding=-1.0))),
        json.dumps(asdict(measured(start="soon"))),
        json.dumps(asdict(measured()) | {"cost": {"seconds": 1.0}}),
        json.dumps(asdict(measured()) | {"other": 1}),
    ],
)
def test_lines_that_cannot_be_believed_are_left_out(line, tmp_path, monkeypatch):
    path = tmp_path / "this.jsonl"
    monkeypatch.setattr(speed, "kept_file", lambda: path)
    path.write_text(f"{line}\n{json.dumps(asdict(measured()))}\n")
    assert measurements() == [measured()]


def test_each_kind_of_machine_has_a_file_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.undo()  # the test fixtures keep nothing
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    found = set()
    for cores in (2, 64):
        monkeypatch.setattr(speed, "usable_cores", lambda cores=cores: cores)
        found.add(speed.kept_file())
    assert {path.parent for path in found} == {tmp_path / "speed"}
    assert len(found) == 2
    monkeypatch.setenv(cache.VARIABLE, "off")
    assert speed.kept_file() is None
    keep(measured())
    assert measurements() == []


def test_a_cluster_tells_nothing_of_this_machine():
    assert Serial.on_this_machine
    assert not Dask.on_this_machine
