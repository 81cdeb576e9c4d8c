"""Frames drawn by a Dask cluster are those of one process, whatever becomes of its workers."""

from __future__ import annotations

import contextlib
import pickle
import socket
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.farm.cluster import link
from moviemaker.farm.cluster.messages import DataFile
from moviemaker.farm.cluster.parcels import files_of, parcel_of, relocated, unpack, unreadable
from moviemaker.farm.cluster.seats import Seat
from moviemaker.farm.cluster.versions import differences, versions
from moviemaker.farm.crew.contract import Done, Job
from moviemaker.film.store import FrameStore

SIZE = (64, 36)
FRAMES = 16
SMALL = {"lens": "perspective", "size": [32, 18], "format": "png"}


@pytest.fixture
def scene(tmp_path: Path) -> mm.Scene:
    folder = tmp_path / "scene"
    folder.mkdir()
    np.savez(folder / "points.npz", position=np.random.default_rng(0).normal(size=(50, 3)))
    written = {
        "duration": FRAMES / 10,
        "fps": 10,
        "data": {"points": {"kind": "particles", "file": "points.npz"}},
        "layers": [{"kind": "points", "data": "points", "size": 0.3}],
        "camera": {"orbit": {"radius": 6, "azimuth": {0: 0, 2: 90}}},
        "outputs": {"main": {"lens": "perspective", "size": [*SIZE], "format": "png"}, "small": SMALL},
    }
    return mm.Scene.from_dict(written, "spin", folder)


def frames_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("spin/*/*.png"))}


class Kills:
    """A progress reporter that ends the process of a worker when some frames are finished, once."""

    def note(self, text: str) -> None:
        pass

    @contextlib.contextmanager
    def task(self, what, total, unit, *, after=0.0):
        from moviemaker.farm.cluster import remote

        def advance(done: int) -> None:
            if done == 4 and what == "main: rendering":
                next(iter(remote._desks.values())).kill()

        yield advance


def test_a_local_cluster_draws_the_frames_of_one_process_although_a_worker_is_killed(scene, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    from moviemaker.farm.cluster import remote

    sees, sent = iter([True, True]), []
    monkeypatch.setattr(remote, "keeps_in", lambda *_: next(sees, False))  # of the second output, workers send frames
    receive = FrameStore.receive
    monkeypatch.setattr(FrameStore, "receive", lambda *given: sent.append(given[1]) or receive(*given))
    scene.render(out=tmp_path / "serial")
    scene.render(out=tmp_path / "cluster", cluster="local", workers=2, progress=Kills())
    assert len(frames_in(tmp_path / "serial")) == 2 * FRAMES
    assert frames_in(tmp_path / "cluster") == frames_in(tmp_path / "serial")
    assert sorted(sent) == [*range(FRAMES)]


@pytest.mark.parametrize("address", ["node1:8786", "http://node1:8786", "tcp://node1", "tcp://:1", "locally"])
def test_a_wrong_address_is_refused(scene, tmp_path, address):
    with pytest.raises(UserError, match="is not the address of a Dask scheduler; write tcp://"):
        scene.render(out=tmp_path, cluster=address)


def test_options_of_a_cluster_are_refused_without_one(scene, tmp_path):
    with pytest.raises(UserError, match="--no-shared is for a cluster, and none is named; give --cluster too"):
        scene.render(out=tmp_path, shared=False)


def test_a_scheduler_that_does_not_answer_ends_in_one_sentence(scene, tmp_path):
    pytest.importorskip("distributed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MoviemakerError, match=rf"no Dask scheduler answers at tcp://127.0.0.1:{port} \(.+\); start"):
        scene.render(out=tmp_path, cluster=f"tcp://127.0.0.1:{port}")


@pytest.mark.parametrize("says", [b"", b"SSH-2.0-Server\r\n"])
def test_something_else_that_listens_there_is_not_waited_for(scene, tmp_path, monkeypatch, says):
    pytest.importorskip("distributed")
    monkeypatch.setattr(link, "_CONNECT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def take() -> None:
            taken.append(server.accept()[0])
            taken[0].sendall(says)

        threading.Thread(target=take, daemon=True).start()
        port = server.getsockname()[1]
        with pytest.raises(MoviemakerError, match=rf":{port} \(what listens there is something else\); start"):
            scene.render(out=tmp_path, cluster=f"tcp://127.0.0.1:{port}")


def test_other_versions_are_named():
    mine = versions(())
    assert differences(mine, versions(())) == []
    assert differences(mine, mine | {"numpy": "1.0"}) == [f"numpy 1.0 instead of {mine['numpy']}"]
    assert differences(mine, mine | {"moviemaker": mine["moviemaker"] + "1"}) == [
        f"moviemaker {mm.__version__} with other sources"
    ]
    assert differences(mine, {k: v for k, v in mine.items() if k != "numba"}) == [
        f"numba not installed instead of {mine['numba']}"
    ]


def test_data_that_a_worker_cannot_read_are_found_and_sent(scene, tmp_path):
    prepared = scene.prepared
    store = FrameStore(tmp_path, "spin", "made", tmp_path)
    job = Job(prepared.script, "main", SIZE, store, sources=prepared.sources)
    files = files_of(job)
    path = str(tmp_path / "scene" / "points.npz")
    assert [file.path for file in files] == [path]
    assert unreadable(files) == {}
    parcel = parcel_of(files)
    Path(path).rename(tmp_path / "elsewhere.npz")
    assert unreadable(files) == {path: "No such file or directory"}
    Path(path).write_bytes(bytes(files[0].size))
    assert unreadable(files) == {path: "it has another content there"}
    Path(path).unlink()
    unpack(parcel, tmp_path / "worker")
    sent = replace(job, script=relocated(pickle.loads(pickle.dumps(job.script)), tmp_path / "worker", parcel))
    studio = sent.studio({})
    assert studio.source("points").at(0.0).position.shape == (50, 3)
    assert studio.source("points").files[0].startswith(str(tmp_path / "worker"))
    assert parcel_of([DataFile(path, 1 << 40, 0, "")]) is None


def test_what_a_worker_needs_to_start_does_not_count_as_time_of_a_frame():
    seat = Seat("tcp://10.0.0.2:1234", 1)
    seat.begin()
    first = Done(0, "", seconds={"start": 2.5, "read": 1.0, "draw": 0.25, "encode": 0.25})
    later = Done(1, "", seconds={"start": 0.0, "read": 0.25, "draw": 0.25, "encode": 0.25})
    assert seat.seconds(first, 5.0) == 0.5
    assert seat.seconds(later, 0.01) == 0.75  # its answer had waited for the one before it
    assert seat.seconds(later, 4.0) == 4.0  # it came through a slow network
    assert seat.seconds(Done(2, ""), 4.0) is None  # it was finished before
    seat.begin()  # its process is a new one
    assert seat.seconds(first, 5.0) == 0.5


def test_a_frame_that_did_not_arrive_whole_is_not_kept(tmp_path):
    store = FrameStore(tmp_path / "frames", "s", "made", tmp_path / "frames")
    picture = np.zeros((4, 4, 3), np.uint8)
    apart = store.apart(tmp_path / "apart")
    content = apart.put(0, picture).read_bytes()
    other = replace(store, fingerprint="other").apart(tmp_path / "other").put(0, picture).read_bytes()
    with store.claim():
        for wrong in (content[:-1], content[:40] + bytes(8) + content[48:-60], other, b""):
            with pytest.raises(MoviemakerError, match="did not arrive whole"):
                store.receive(0, wrong)
        assert store.missing([0]) == [0]
        assert not [path for path in store.folder.iterdir() if path.name.startswith(".s_")]
        assert store.receive(0, content).read_bytes() == content
        assert store.missing([0]) == []
