"""A movie that is encoded while its frames are drawn is the same, and survives frames that are lost meanwhile."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from moviemaker.core.errors import MoviemakerError
from moviemaker.film import finished_movie
from moviemaker.film.encoding_beside import EncodingBeside
from moviemaker.film.finished_movie import make_movie
from moviemaker.film.settings import FilmSettings
from moviemaker.film.store import FrameStore, LostFrame

SIZE, FRAMES = (64, 36), range(12)
MP4 = FilmSettings(quality="draft").with_default_format("mp4")
GIF = FilmSettings(format="gif").with_default_format("gif")


def store_in(folder: Path) -> FrameStore:
    work = folder / ".s_hd.frames"
    return FrameStore(work, "s_hd", "A", work)


def picture(index: int) -> np.ndarray:
    return np.random.default_rng(index).integers(0, 255, (36, 64, 3), np.uint8)


@pytest.fixture
def store(tmp_path):
    store = store_in(tmp_path)
    with store.claim():
        yield store


def beside(store: FrameStore, encoding=MP4) -> EncodingBeside:
    movie = store.work.parent / f"s_hd.{encoding.format}"
    return EncodingBeside(store, FRAMES, partial(make_movie, store, FRAMES, encoding, SIZE, 30, movie))


def movie_of_all(folder: Path, encoding=MP4) -> bytes:
    store = store_in(folder)
    with store.claim():
        for index in FRAMES:
            store.put(index, picture(index))
        return make_movie(store, FRAMES, encoding, SIZE, 30, folder / f"s_hd.{encoding.format}").read_bytes()


def drawn(store: FrameStore, indices) -> None:
    for index in indices:
        store.put(index, picture(index))


def silent(_: object) -> None:
    pass


@pytest.mark.parametrize("encoding", [MP4, GIF], ids=["mp4", "gif"])
def test_the_bytes_are_those_of_a_movie_made_at_once(store, tmp_path, encoding):
    movie = tmp_path / f"s_hd.{encoding.format}"
    counts: list[int] = []
    with beside(store, encoding) as encoder:
        encoder.start()
        drawn(store, reversed(FRAMES))  # in any order
        assert not movie.exists()
        encoder.wait(counts.append, silent)
    assert counts[-1] == len(FRAMES)
    assert movie.read_bytes() == movie_of_all(tmp_path / "other", encoding)


def test_frames_are_encoded_before_all_are_drawn(store, tmp_path):
    with beside(store) as encoder:
        encoder.start()
        drawn(store, FRAMES[:6])
        deadline = time.monotonic() + 60
        while encoder.encoded < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert encoder.encoded == 6
        drawn(store, FRAMES[6:])
        encoder.wait(silent, silent)
    assert (tmp_path / "s_hd.mp4").exists()


def test_a_damaged_frame_is_asked_for_again(store, tmp_path):
    said: list[str] = []
    with beside(store) as encoder:
        drawn(store, FRAMES)
        damaged = bytearray(store.path(5).read_bytes())
        damaged[len(damaged) // 2] ^= 4
        store.path(5).write_bytes(damaged)
        with pytest.raises(LostFrame, match="damaged"):
            encoder.wait(silent, said.append)
        assert store.missing(FRAMES) == [5]
        drawn(store, [5])
        encoder.wait(silent, said.append)
    assert said == []
    assert (tmp_path / "s_hd.mp4").read_bytes() == movie_of_all(tmp_path / "other")


def test_a_frame_that_is_deleted_is_asked_for_again(store):
    with beside(store) as encoder:
        drawn(store, FRAMES)
        store.path(11).unlink()
        with pytest.raises(LostFrame, match="frame 11 of s_hd is missing"):
            encoder.wait(silent, silent)
        drawn(store, [11])
        encoder.wait(silent, silent)


def test_nothing_is_left_when_the_drawing_fails(store, tmp_path):
    before = threading.active_count()

    def fail() -> None:
        with beside(store) as encoder:
            encoder.start()
            drawn(store, FRAMES[:4])
            raise ValueError("failed as a frame did")

    with pytest.raises(ValueError, match="as a frame did"):
        fail()
    assert threading.active_count() == before
    assert not (tmp_path / "s_hd.mp4").exists()
    assert not list(store.work.glob("*.partial"))
    assert store.missing(FRAMES) == list(FRAMES[4:])


def test_a_movie_that_failed_beside_the_drawing_is_made_again(store, tmp_path, monkeypatch):
    said: list[str] = []
    encode = finished_movie.encode

    def failing(*args, **options):
        monkeypatch.setattr(finished_movie, "encode", encode)
        raise MoviemakerError("ffmpeg, which makes the movie, was ended by SIGKILL; all frames are kept")

    monkeypatch.setattr(finished_movie, "encode", failing)
    with beside(store) as encoder:
        encoder.start()
        drawn(store, FRAMES)
        while any(thread.name == "encoding" for thread in threading.enumerate()):
            time.sleep(0.01)
        encoder.wait(silent, said.append)
    assert said == [
        "the movie could not be made while frames were drawn (ffmpeg, which makes the movie, was ended by SIGKILL): "
        "it is made again"
    ]
    assert (tmp_path / "s_hd.mp4").read_bytes() == movie_of_all(tmp_path / "other")


def test_an_error_of_the_movie_is_raised(store, monkeypatch):
    def failing(*args, **options):
        raise MoviemakerError("the disk is full")

    monkeypatch.setattr(finished_movie, "encode", failing)
    drawn(store, FRAMES)
    with beside(store) as encoder, pytest.raises(MoviemakerError, match="the disk is full"):
        encoder.wait(silent, silent)
