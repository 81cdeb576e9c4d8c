"""Claims on frames: no two runs hold the same ones, and claims die with their owners."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from moviemaker.core.errors import UserError
from moviemaker.film.claims import turns
from moviemaker.film.claims import watch as watching
from moviemaker.film.claims.claim import claim_of
from moviemaker.film.claims.intervals import common, frames_in, in_words, numbers_of, together, without
from moviemaker.film.claims.owner import this_process
from moviemaker.film.claims.watch import Pulse, claims_of
from moviemaker.film.store import FrameStore

RUN = """
import sys
from pathlib import Path
from moviemaker.core.errors import UserError
from moviemaker.film.store import FrameStore
store = FrameStore(Path(sys.argv[1]), "s", sys.argv[2], Path(sys.argv[1]))
first, last = int(sys.argv[3]), int(sys.argv[4])
print("ready", flush=True)
sys.stdin.readline()
try:
    with store.claim(range(first, last), product=sys.argv[5], shard=sys.argv[6]) as held:
        print("held", *[f"{each.start}-{each.stop}" for each in held.frames], flush=True)
        sys.stdin.readline()
except UserError as error:
    print("refused", error, flush=True)
"""


@pytest.fixture
def store(tmp_path: Path) -> FrameStore:
    return FrameStore(tmp_path, "s", "A", tmp_path)


@pytest.fixture
def run(tmp_path: Path):
    """Starts processes that claim frames when they are told to."""
    started: list[subprocess.Popen[str]] = []

    def start(first: int, last: int, product: str = "", shard: str = "", of: str = "A") -> subprocess.Popen[str]:
        command = [sys.executable, "-c", RUN, str(tmp_path), of, str(first), str(last), product, shard]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_sets_of_frames_are_added_and_taken_away_like_sets_of_numbers():
    chance = random.Random(1)
    for _ in range(200):
        a, b = ({n for n in range(30) if chance.random() < 0.5} for _ in range(2))
        one, two = frames_in(a), frames_in(b)
        assert numbers_of(without(one, two)) == sorted(a - b)
        assert numbers_of(common(one, two)) == sorted(a & b)
        assert numbers_of(together(one, two)) == sorted(a | b)
        assert together(one, two) == frames_in(a | b)
    assert in_words(frames_in(range(3, 4))) == "frame 3"
    assert in_words(frames_in(range(0, 40, 2))) == "frames 0, 2, 4, 6, 8, 10 and 14 more"


def test_of_runs_that_start_at_once_each_frame_goes_to_one(run, store):
    runs = [run(first, first + 20, shard=f"{number}/6") for number, first in enumerate((0, 10, 20, 0, 5, 15), 1)]
    for each in runs:
        go(each)
    held: list[int] = []
    for answer in map(said, runs):
        kind, *parts = answer.split()
        if kind == "held":
            held += [n for part in parts for n in range(*map(int, part.split("-")))]
        else:
            assert "is writing s in" in answer
    assert sorted(held) == list(range(40))
    assert sorted(n for claim in claims_of(store.work) for n in numbers_of(claim.frames)) == list(range(40))


def test_of_runs_that_make_the_same_file_the_second_stops_and_names_the_first(run, store):
    runs = [run(0, 30, product="s.mp4") for _ in range(3)]
    for each in runs:
        go(each)
    answers = {each: said(each) for each in runs}
    (first,) = [each for each, answer in answers.items() if answer == "held 0-30"]
    for each, answer in answers.items():
        if each is not first:
            assert f"another run (process {first.pid}) is writing s in {store.folder} (frames 0-29)" in answer
    first.kill()
    first.wait()
    with store.claim(range(30), product="s.mp4") as held:  # at once
        assert numbers_of(held.frames) == list(range(30))


def test_a_run_that_is_not_a_shard_joins_shards_and_takes_over_what_they_leave(run, store):
    shards = [run(0, 10, shard="1/2"), run(10, 20, shard="2/2")]
    for each in shards:
        go(each)
        said(each)
    with store.claim(range(20), product="s.mp4") as held:
        assert held.frames == ()
        assert sorted(claim.shard for claim in held.others()) == ["1/2", "2/2"]
        refused = r"process \d+, shard 2/2\) is writing s in .* \(frames 10-19\)"
        with pytest.raises(UserError, match=refused), store.claim(range(15, 20), shard="4/4"):
            pass
        shards[0].kill()
        shards[0].wait()
        store.take(held)
        assert held.frames == (range(10),)
        go(shards[1])
        shards[1].wait()
        store.take(held)
        assert held.frames == (range(20),)
    assert claims_of(store.work) == []


def test_a_changed_scene_is_refused_while_others_write(run, store):
    process = run(0, 5, shard="1/9", of="B")
    go(process)
    said(process)
    refused = r"is writing s in .* from another scene, data or program; wait"
    with pytest.raises(UserError, match=refused), store.claim(range(5, 9)):
        pass
    go(process)
    process.wait()
    with store.claim(range(5, 9)):
        pass


def elsewhere(store: FrameStore, frames: range, **of: str) -> Path:
    """A claim of a process on another machine."""
    with store.claim(range(0), shard="x") as held:
        path = next((store.work / "claims").glob("*.claim"))
        claim = replace(claims_of(store.work)[0], frames=frames_in(frames), **of)
        owner = asdict(this_process()) | {"host": "far", "machine": "other"}
        text = json.dumps(json.loads(claim.written()) | {"owner": owner})
        del held
    path.write_text(text)
    return path


def test_a_claim_of_another_machine_counts_until_its_file_has_not_changed_for_a_while(store, monkeypatch):
    path = elsewhere(store, range(8), shard="1/2")
    now = [1000.0]
    pulse = Pulse(clock=lambda: now[0])
    watch = watching.Watch(store.work)
    watch.pulse = pulse

    def alive_after(seconds: float) -> bool | None:
        now[0] += seconds
        return watch.claims()[0].alive

    assert alive_after(0) is None
    assert alive_after(59) is None
    os.utime(path, (5, 5))  # a clock that was set back: the time is another one, whatever it is
    assert alive_after(0) is True
    assert alive_after(59) is True
    assert alive_after(2) is False
    os.utime(path, (1e10, 1e10))
    assert alive_after(0) is True
    assert alive_after(61) is False


def test_a_run_takes_what_another_machine_has_left(store, monkeypatch):
    path = elsewhere(store, range(8), shard="1/2")
    monkeypatch.setenv("MOVIEMAKER_SILENCE", "1")
    notes: list[str] = []
    with store.claim(range(8), shard="2/2", note=notes.append) as held:
        assert held.frames == (range(8),)
    assert len(notes) == 1
    assert "waiting up to 1 seconds for a sign of life of process" in notes[0]
    assert "on far, shard 1/2" in notes[0]
    assert not path.exists()


def test_a_claim_shows_signs_of_life_while_its_process_is_busy(store, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_SILENCE", "1")
    with store.claim(range(3)):
        (path,) = (store.work / "claims").glob("*.claim")
        before, deadline = path.stat().st_mtime_ns, time.monotonic() + 30
        while path.stat().st_mtime_ns == before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert path.stat().st_mtime_ns > before


@pytest.mark.parametrize("text", ["", '{"owner": 3}', "[" * 100_000])
def test_damaged_claims_and_turns_hold_up_a_run_for_a_while_only(store, monkeypatch, text):
    monkeypatch.setenv("MOVIEMAKER_SILENCE", "1")
    (store.work / "claims").mkdir()
    for name in ("a.claim", "a.turn"):
        (store.work / "claims" / name).write_text(text)
    with store.claim(range(3)) as held:
        assert held.frames == (range(3),)
        assert len(claims_of(store.work)) == 1


STRANGE = [[0, 1e400], [0, 10**30], [-5, 10**30], 1e400, 10**30, -1, float("nan"), "../x", None]
"""Numbers and texts that programs of other people, or broken disks, may leave in a file of JSON."""


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
def test_strange_values_in_claims_and_turns_stop_no_run(store, monkeypatch, strange):
    monkeypatch.setattr(turns, "_PATIENCE", 0.0)
    folder, me = store.work / "claims", asdict(this_process())
    folder.mkdir()
    claim = {"owner": me, "frames": [[0, 5]], "origin": "o", "product": "", "shard": "", "run": "12345678", "since": 1}
    owners = [{"owner": me | {name: strange}} for name in me]
    for change in [*({name: strange} for name in claim), *owners, {"frames": [strange]}]:
        found = claim_of("a.claim", json.dumps(claim | change))
        assert in_words(found.frames)
        assert found.run == "" or found.run.isalnum()
        assert found.owner is None or found.owner.has_ended() in (True, False, None)
        found.written()
    for change in [{"number": strange}, *owners]:
        (folder / "a.turn").write_text(json.dumps({"number": 1, "owner": me} | change))
        with suppress(UserError), store.claim(range(3)) as held:  # it says that it waits no longer
            assert held.frames == (range(3),)


def test_a_process_with_the_number_of_one_that_has_ended_is_another(store):
    me = this_process()
    assert me.has_ended() is False
    assert replace(me, started="1").has_ended() is True
    assert replace(me, host="far").has_ended() is None
    assert replace(me, machine="other").has_ended() is None
    gone = subprocess.Popen([sys.executable, "-c", ""])
    while Path(f"/proc/{gone.pid}").exists() and replace(me, pid=gone.pid).has_ended() is not True:
        time.sleep(0.01)  # it has ended, and its parent has not asked after it
    gone.wait()
    assert replace(me, pid=gone.pid).has_ended() is True


def test_unfinished_files_of_runs_that_live_are_left_alone(run, store):
    process = run(0, 5, shard="1/2")
    go(process)
    said(process)
    (claim,) = claims_of(store.work)
    theirs = store.folder / f".s_000001.png.{claim.run}12345678.partial"
    unknown = store.folder / ".s_000007.png.12345678.partial"
    theirs.touch()
    unknown.touch()
    with store.claim(range(5, 9), shard="2/2"):
        assert theirs.exists()
        assert unknown.exists()
    process.kill()
    process.wait()
    with store.claim(range(5, 9), shard="2/2"):
        assert not theirs.exists()
        assert not unknown.exists()
