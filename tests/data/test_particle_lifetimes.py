"""Births and deaths, ids in any order, snapshots that are read ahead."""

import gc
import threading

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.particle_sets import prefetch
from moviemaker.data.particle_sets.snapshots import Snapshot
from moviemaker.data.particles import Particles


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def save(folder, alive, seed=0):
    """Snapshots 0, 1, 2, ... of particles at (id, time, 0), in a new order in each."""
    rng = np.random.default_rng(seed)
    for time, ids in enumerate(alive):
        ids = rng.permutation(np.array(ids, int))
        position = np.stack([ids, np.full(len(ids), time), np.zeros(len(ids))], axis=1).astype(float)
        np.savez(folder / f"s_{time:02d}.npz", position=position, id=ids * 1000 - 5, heat=ids + time / 2)


def number(found):
    return (found.fields["id"] + 5) // 1000


@pytest.mark.parametrize("seed", range(4))
def test_live_particles_are_drawn_at_their_positions(tmp_path, seed):
    rng = np.random.default_rng(seed)
    alive = [np.flatnonzero(rng.random(40) < 0.7) for _ in range(6)]
    save(tmp_path, alive, seed)
    source = particles(tmp_path, file="s_*.npz")
    for time in (0, 0.5, 1, 2.25, 3.75, 4.5, 0.25, 5, 2):
        found = source.at(time, ["id", "heat"])
        before, after = int(np.floor(time)), int(np.ceil(time))
        assert sorted(number(found)) == sorted(set(alive[before]) & set(alive[after]))
        np.testing.assert_allclose(found.position[:, 0], number(found))
        np.testing.assert_allclose(found.position[:, 1], time)
        np.testing.assert_allclose(found.fields["heat"], number(found) + time / 2)
        assert found.fade is None


ALIVE = [[1, 2], [1, 2, 3], [1, 2, 3], [1, 3], [1, 3, 4], [1, 3, 4]]


def fades(source, time):
    found = source.at(time, ["id"])
    weights = np.ones(len(found.position)) if found.fade is None else found.fade
    return dict(zip(number(found).tolist(), weights.tolist(), strict=True))


@pytest.mark.parametrize("fade", [0.5, 1.5])
def test_births_and_deaths_are_soft(tmp_path, fade):
    save(tmp_path, ALIVE)
    source = particles(tmp_path, file="s_*.npz", fade=fade)
    born, died = {3: 1, 4: 4}, {2: 2}
    for time in np.linspace(0, 5, 41):
        for name, weight in fades(source, time).items():
            since, until = time - born.get(name, -9), died.get(name, 99) - time
            assert weight == pytest.approx(np.clip(min(since, until) / fade, 0, 1), abs=1e-6), (time, name)
    assert source.at(0).fade is None
    assert source.at(0.9 if fade < 1 else 0.1).fade is None


def test_fade_is_in_seconds_of_the_movie(tmp_path):
    save(tmp_path, ALIVE)
    source = particles(tmp_path, file="s_*.npz", fade=2)
    source.pace(lambda times: 4 * times)  # a unit of data time takes four seconds
    assert fades(source, 1.25)[3] == pytest.approx(0.5)
    source.pace(lambda times: 20 - 4 * times)  # and backwards
    assert fades(source, 1.25)[3] == pytest.approx(0.5)
    assert fades(source, 1.5)[3] == 1


def test_held_particles_go_when_the_next_snapshot_comes(tmp_path):
    save(tmp_path, ALIVE)
    source = particles(tmp_path, file="s_*.npz", fade=0.5, interpolation="hold")
    assert fades(source, 2.75)[2] == pytest.approx(0.5)
    assert fades(source, 1.25)[3] == pytest.approx(0.5)
    assert 2 not in fades(source, 3)


def in_memory(source):
    """Number of snapshots in memory, once background reads are done."""
    for coming in source.reader._coming.values():
        coming.result()
    gc.collect()
    return sum(isinstance(thing, Snapshot) for thing in gc.get_objects())


def test_at_most_three_snapshots_are_in_memory(tmp_path):
    save(tmp_path, [range(50)] * 12)
    source = particles(tmp_path, file="s_*.npz")
    gc.collect()
    others = in_memory(source)
    source.examine()
    most = [in_memory(source)]
    for _ in source.survey("heat"):
        most.append(in_memory(source))
    for time in np.linspace(0, 11, 34):
        source.at(time, ["heat", "id", "speed"])
        most.append(in_memory(source))
    assert max(most) - others == 3


def test_reading_ahead_gives_the_same_particles(tmp_path, monkeypatch):
    save(tmp_path, [np.arange(k, 30 + k) for k in range(8)])
    times = [0, 0.3, 0.9, 1.5, 2, 2.5, 3.5, 5.5, 6.9, 6.5, 5.5, 4.5, 0.5]
    ahead = particles(tmp_path, file="s_*.npz", fade=0.7)
    monkeypatch.setattr(prefetch.Reader, "expect", lambda *_: None)
    plain = particles(tmp_path, file="s_*.npz", fade=0.7)
    for time in times:
        a, b = ahead.at(time, ["heat", "id"]), plain.at(time, ["heat", "id"])
        np.testing.assert_array_equal(a.position, b.position)
        np.testing.assert_array_equal(a.fields["heat"], b.fields["heat"])
        np.testing.assert_array_equal(a.fade, b.fade)


def test_the_next_snapshot_is_read_in_the_background(tmp_path, monkeypatch):
    save(tmp_path, [range(5)] * 4)
    source = particles(tmp_path, file="s_*.npz")
    readers = {}
    load = source.snapshots.load

    def noted(index, name):
        readers.setdefault(index, threading.current_thread() is threading.main_thread())
        return load(index, name)

    monkeypatch.setattr(source.snapshots, "load", noted)
    for time in (0.5, 1.5, 2.5):
        source.at(time)
    assert readers == {0: True, 1: True, 2: False, 3: False}


def test_an_error_in_the_background_is_raised_when_the_snapshot_is_used(tmp_path):
    save(tmp_path, [range(5)] * 4)
    (tmp_path / "s_02.npz").write_bytes(b"no zip file")
    source = particles(tmp_path, file="s_*.npz", times=[0, 1, 2, 3])
    source.at(0.5)  # the damaged file is being read now
    with pytest.raises(InputError, match=r"'s_02\.npz' cannot be read"):
        source.at(1.5)


def test_duplicate_ids_are_an_error(tmp_path):
    np.savez(tmp_path / "s_0.npz", position=np.zeros((3, 3)), id=[4, 9, 4])
    np.savez(tmp_path / "s_1.npz", position=np.zeros((3, 3)), id=[4, 9, 5])
    with pytest.raises(InputError, match="the id 4 occurs more than once at time 0"):
        particles(tmp_path, file="s_*.npz").examine()


def test_selected_images_fade_by_the_clock_of_the_movie(tmp_path):
    save(tmp_path, ALIVE)
    whole = particles(tmp_path, file="s_*.npz", period=[10, 10, 10], replicate=[2, 1, 1])
    model = build(Particles, {"kind": "particles", "of": "whole", "select": "y >= 0", "fade": 1.0})
    some = model.open(tmp_path, {"whole": whole})
    some.pace(lambda times: 4 * times)  # a unit of data time takes four seconds
    found = some.at(1.125, ["id"])
    weights = dict(zip(found.fields["id"].tolist(), found.fade.tolist(), strict=True))
    born = [weight for id_, weight in weights.items() if (id_ // 2 + 5) // 1000 == 3]
    assert born == pytest.approx([0.5, 0.5])  # half a second after its birth
