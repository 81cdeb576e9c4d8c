"""What a machine has drawn tells how long other frames will take on it."""

import json
from dataclasses import asdict, replace

import pytest

from moviemaker.core.machine import cache
from moviemaker.farm.dask import Dask
from moviemaker.farm.serial import Serial
from moviemaker.rendering import speed
from moviemaker.rendering.speed import VERSION, Measured, Prediction, Speed, keep, measurements, seconds_of
from moviemaker.rendering.work import BESIDE, Cost

PIXELS = 1e-6


def costs(size):
    """A tenth of a second whatever the size, and a microsecond for each pixel."""
    return {"draw": Cost(0.1, size[0] * size[1] * PIXELS), "encode": Cost(0.01)}


def measured(size=(400, 250), seconds=0.2, **other):
    one = Measured(
        scene="/films/one.yaml",
        output="hd",
        size=size,
        frames=20,
        workers=1,
        renderer="software",
        start=4.0,
        seconds=seconds,
        parts={"draw": 0.9 * seconds, "encode": 0.1 * seconds},
        guess={part: (cost.alone, cost.spread) for part, cost in costs(size).items()},
    )
    return replace(one, **other)


def predicted(*known, scene="/films/one.yaml", size=(400, 250), workers=1, cores=1, costs=costs):
    return Speed(known, cores).predict(scene, "hd", size, workers, costs)


def test_a_machine_that_has_drawn_nothing_is_guessed():
    found = predicted()
    assert found.basis == "guess"
    assert found.seconds == pytest.approx(0.1 + 0.1 + 0.01)


def test_the_same_output_takes_as_long_as_before():
    found = predicted(measured(seconds=0.7))
    assert (found.basis, found.start) == ("measured", 4.0)
    assert found.seconds == pytest.approx(0.7)
    assert found.total(100) == pytest.approx(74)


def test_one_size_tells_how_far_the_guess_is_off():
    slow = measured(seconds=3 * 0.21, parts={"draw": 0.2, "encode": 0.01})
    assert predicted(slow, size=(800, 500)).seconds == pytest.approx(3 * 0.51)


def test_two_sizes_tell_what_each_pixel_takes():
    known = [measured(size=(200, 125), seconds=0.75), measured(size=(400, 250), seconds=0.9)]  # 0.7 and 2 us a pixel
    assert predicted(*known, size=(2000, 1000)).seconds == pytest.approx(4.7)
    falling = [measured(size=(200, 125), seconds=0.9), measured(size=(400, 250), seconds=0.8)]
    assert predicted(*falling, size=(2000, 1000)).seconds == pytest.approx(0.8)


def test_a_scene_that_has_changed_takes_as_much_longer_as_is_guessed():
    found = predicted(
        measured(seconds=0.7), costs=lambda size: {p: Cost(2 * c.alone, 2 * c.spread) for p, c in costs(size).items()}
    )
    assert found.seconds == pytest.approx(1.4)


def test_parts_of_other_outputs_are_as_far_off():
    """A machine with a GPU draws in no time, and takes as long as others for the files of pictures."""
    quick = measured(seconds=0.012, parts={"draw": 0.002, "encode": 0.01})
    slower = replace(quick, scene="/films/two.yaml", seconds=0.014, parts={"draw": 0.004, "encode": 0.01})
    found = predicted(quick, slower, slower, scene="/films/new.yaml", size=(800, 500))
    assert found.basis == "others"
    assert 0.01 + 0.5 * 0.002 / 0.2 < found.seconds < 0.01 + 0.5 * 0.004 / 0.2


def test_what_another_renderer_has_drawn_tells_nothing():
    assert (
        predicted(measured(seconds=9.0), measured(seconds=0.7, scene="/films/b.yaml", renderer="GPU")).basis == "others"
    )


def test_workers_share_what_one_core_does_and_the_encoder_needs_cores_too():
    frame = {"draw": Cost(0.3, 0.2), BESIDE: Cost(spread=0.1)}
    assert seconds_of(frame, 1, 2) == pytest.approx(0.4)
    assert seconds_of(frame, 2, 2) == pytest.approx(0.3)
    assert seconds_of(frame, 2, 64) == pytest.approx((0.3 + 0.2 / 64) / 2)
    alone = measured(seconds=0.8, guess={"draw": (0.3, 0.2)}, parts={"draw": 0.8})
    assert predicted(alone, workers=2, cores=2, costs=lambda size: frame).seconds == pytest.approx(0.6, rel=0.1)


def test_several_workers_are_reckoned_with_where_they_are_worth_it():
    found = Prediction(start=5.0, seconds=1.0, basis="measured", several=0.5)
    assert found.total(10) == pytest.approx(15)
    assert found.total(1003) == pytest.approx(5 + 5 + 3 + 500)
    assert predicted(measured(), workers=None, cores=1).several is None


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
        json.dumps(asdict(measured(parts={"draw": -1.0}))),
        json.dumps(asdict(measured(parts={}))),
        json.dumps(asdict(measured(workers="two"))),
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
