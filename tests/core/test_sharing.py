"""Arrays that are made once for all processes: who makes them, who waits, and what is left on the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pytest

from moviemaker.core.sharing import arrays as shared_arrays
from moviemaker.core.sharing.arrays import SharedFolder, hand_over, recording, share_in, shared, unshared
from moviemaker.core.sharing.made_once import made_once

ASK = """
import os, signal, sys, time
from pathlib import Path
import numpy as np
from moviemaker.core.sharing.arrays import SharedFolder, share_in, shared

folder, does = Path(sys.argv[1]), sys.argv[2]

def make():
    with open(folder / "count.txt", "a") as file:
        file.write(does + chr(10))
    if does == "dies":
        (folder / "dying").touch()
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.3)
    return {"square": np.arange(90000.0).reshape(300, 300) ** 2}

while does == "waits" and not (folder / "dying").exists():
    time.sleep(0.01)
share_in(SharedFolder.at(folder))
found = shared("key", make, always=True)["square"]
print(type(found.base.base).__name__, found.sum(), flush=True)
"""


def ask(folder, does="makes"):
    """Starts a process that asks for an array."""
    command = [sys.executable, "-c", ASK, str(folder), does]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def folder(tmp_path):
    """The folder of a run, in which this process shares."""
    chosen = SharedFolder.at(tmp_path)
    share_in(chosen)
    yield chosen
    share_in(None)


class Counted:
    """Something to be made, and how often it was."""

    def __init__(self, **arrays):
        self.arrays = arrays
        self.count = 0

    def __call__(self):
        self.count += 1
        return {name: array.copy(order="K") for name, array in self.arrays.items()}


def test_two_processes_that_ask_at_once_make_it_once_and_map_the_same(tmp_path):
    answers = [process.communicate()[0] for process in [ask(tmp_path), ask(tmp_path)]]
    assert (tmp_path / "count.txt").read_text() == "makes\n"
    assert answers[0] == answers[1] == f"memmap {(np.arange(90000.0).reshape(300, 300) ** 2).sum()}\n"


def test_a_process_that_dies_while_it_makes_is_followed_by_one_that_waits(tmp_path):
    first, second = ask(tmp_path, "dies"), ask(tmp_path, "waits")
    assert second.communicate()[0].startswith("memmap")
    assert first.wait() == -signal.SIGKILL
    assert (tmp_path / "count.txt").read_text() == "dies\nwaits\n"


def test_one_process_alone_writes_nothing(tmp_path):
    make = Counted(x=np.ones(9))
    kept = shared("alone", make)
    assert shared("alone", make)["x"] is kept["x"]
    del kept
    shared("alone", make)
    assert make.count == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4),
        np.asfortranarray(np.random.default_rng(1).random((50, 60, 40))),
        np.random.default_rng(2).random((40, 50, 60)).transpose(1, 2, 0),
        np.array(3.5),
        np.empty((0, 3), np.float32),
        np.array([True, False]),
        np.arange(8, dtype=">i2"),
        np.exp(1j * np.arange(5)),
        np.array(["one", "another"]),
    ],
)
def test_a_shared_array_is_the_one_that_was_made(folder, array):
    there = shared(f"there {id(array)}", lambda: {"a": array, "after": np.arange(3)}, always=True)
    assert there["a"].dtype == array.dtype
    assert there["a"].shape == array.shape
    assert there["a"].strides == array.strides or not array.size
    assert there["a"].tobytes() == array.tobytes()
    assert there["a"].flags.writeable == array.flags.writeable
    assert there["after"].tolist() == [0, 1, 2]


def test_what_is_written_into_a_shared_array_stays_in_the_process(folder):
    make = Counted(x=np.zeros(20000))
    first = shared("key", make, always=True)
    first["x"][:] = 7
    del first
    assert not shared("key", make, always=True)["x"].any()
    assert make.count == 1


def test_what_is_made_fast_is_not_written(folder):
    make = Counted(x=np.zeros(20000))
    for _ in range(2):
        shared("key", make)
    assert make.count == 2
    assert not [name for name in os.listdir(folder.path) if name.endswith(".arrays")]
    assert unshared(folder) == 0


def test_on_a_full_disk_each_process_makes_its_own(folder, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shared_arrays.shutil, "disk_usage", lambda path: usage(10, 10, 0))
    make = Counted(x=np.arange(20000))
    for _ in range(2):
        assert shared("key", make, always=True)["x"][-1] == 19999
    assert make.count == 2
    assert unshared(folder) == 1
    assert not [name for name in os.listdir(folder.path) if name.endswith((".arrays", ".partial"))]


def test_a_write_that_fails_leaves_nothing(folder, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("moviemaker.core.machine.files.os.replace", fail)
    assert shared("key", Counted(x=np.arange(20000)), always=True)["x"][-1] == 19999
    assert unshared(folder) == 1
    assert not [name for name in os.listdir(folder.path) if name.endswith((".arrays", ".partial"))]


def test_a_folder_that_is_gone_is_done_without(folder, tmp_path):
    share_in(SharedFolder.at(tmp_path / "gone"))
    assert shared("key", Counted(x=np.arange(3)), always=True)["x"].tolist() == [0, 1, 2]


def test_another_machine_reads_without_a_map(folder):
    make = Counted(x=np.arange(20000))
    shared("key", make, always=True)
    share_in(SharedFolder(folder.path, "another"))
    again = shared("key", make, always=True)["x"]
    assert make.count == 1
    assert again[-1] == 19999
    assert not isinstance(again.base.base, np.memmap)


def test_a_run_writes_up_to_a_limit(folder, monkeypatch):
    monkeypatch.setattr(shared_arrays, "LIMIT", 300_000)
    for key in ("one", "other"):
        shared(key, Counted(x=np.arange(20000)), always=True)
    assert [name for name in os.listdir(folder.path) if name.endswith(".arrays")] == ["one.arrays"]
    assert unshared(folder) == 0


@pytest.mark.parametrize("array", [np.array([{1: 2}], object), np.arange(12).reshape(3, 4)[:, ::2]])
def test_what_a_file_cannot_hold_each_process_makes(folder, array):
    assert shared(f"key {id(array)}", lambda: {"x": array}, always=True)["x"] is array
    assert not [name for name in os.listdir(folder.path) if name.endswith(".arrays")]


def test_what_one_process_has_made_it_hands_over(tmp_path):
    make = Counted(x=np.arange(20000))
    with recording() as asked:
        kept = shared("mine", make, always=True)
        shared("quick", Counted(x=np.arange(9)))
    shared("other", make, always=True)
    assert asked == {"mine", "quick"}
    folder = SharedFolder.at(tmp_path)
    hand_over(asked, folder)
    assert os.listdir(tmp_path) == ["mine.arrays"]
    assert kept["x"][-1] == 19999
    del kept
    share_in(folder)
    try:
        shared("mine", make, always=True)
    finally:
        share_in(None)
    assert make.count == 2  # "mine" and "other", once each


def test_a_function_is_called_once_for_the_same_arguments():
    calls = []

    @made_once
    def squares(count, step=1):
        calls.append(count)
        return np.arange(0, count, step) ** 2

    @made_once
    def named(count):
        return {"a": np.arange(count), "b": np.zeros(count)}

    assert squares(3) is squares(3)
    assert squares(3, step=2).tolist() == [0, 4]
    assert calls == [3, 3]
    assert sorted(named(2)) == ["a", "b"]
