import os
from pathlib import Path

import numpy as np
import pytest

from moviemaker.core.errors import MoviemakerError
from moviemaker.film.finished_movie import make_movie, movie_key, replacement
from moviemaker.film.records import is_finished, make_again
from moviemaker.film.settings import Encoding, FilmSettings
from moviemaker.film.store import FrameStore

SIZE = (64, 36)
MP4 = FilmSettings().with_default_format("mp4")
DRAFT = FilmSettings(quality="draft").with_default_format("mp4")


@pytest.fixture
def store(tmp_path: Path) -> FrameStore:
    store = FrameStore(tmp_path / ".s_hd.frames", "s_hd", "A", tmp_path / ".s_hd.frames")
    with store.claim():
        for index in range(10):
            store.put(index, np.full((36, 64, 3), 20 * index, np.uint8))
    return store


def test_the_same_command_again_does_nothing(store, tmp_path, monkeypatch):
    movie = make_movie(store, range(10), MP4, SIZE, 30, tmp_path / "s_hd.mp4")
    before = movie.stat()
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "none at all")
    [path.unlink() for path in store.folder.glob("*.png")]  # not even the frames are needed
    assert make_movie(store, range(10), MP4, SIZE, 30, movie) == movie
    assert (movie.stat().st_ino, movie.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert is_finished(store.work, movie, movie_key("A", MP4, 30, range(10)))


def test_a_missing_or_changed_movie_is_made_again_with_the_same_bytes(store, tmp_path):
    movie = make_movie(store, range(10), MP4, SIZE, 30, tmp_path / "s_hd.mp4")
    data = movie.read_bytes()
    movie.unlink()
    assert make_movie(store, range(10), MP4, SIZE, 30, movie).read_bytes() == data
    movie.write_bytes(data[:-1])
    assert make_movie(store, range(10), MP4, SIZE, 30, movie).read_bytes() == data
    os.utime(movie, (1, 1))  # as by a copy
    assert is_finished(store.work, movie, movie_key("A", MP4, 30, range(10)))
    make_again(store.work, movie)
    assert not is_finished(store.work, movie, movie_key("A", MP4, 30, range(10)))


def test_a_movie_that_was_changed_elsewhere_is_kept_under_another_name(store, tmp_path):
    said: list[str] = []
    movie = tmp_path / "s_hd_360_TB.mp4"
    movie.write_text("of another program")
    assert "kept under another name" in (replacement(store, movie, range(10)) or "")
    data = make_movie(store, range(10), MP4, SIZE, 30, movie, note=said.append).read_bytes()
    assert (tmp_path / "s_hd_earlier-1_360_TB.mp4").read_text() == "of another program"
    assert "it is kept as" in said[0]
    movie.write_bytes(data + b"\0\0\0\x08free")  # an editor has added something
    assert make_movie(store, range(10), MP4, SIZE, 30, movie, note=said.append).read_bytes() == data
    assert (tmp_path / "s_hd_earlier-2_360_TB.mp4").read_bytes() == data + b"\0\0\0\x08free"
    assert len(said) == 2


def test_an_equal_movie_or_an_empty_one_is_not_kept(store, tmp_path):
    movie = make_movie(store, range(10), MP4, SIZE, 30, tmp_path / "s_hd.mp4")
    (store.work / "s_hd.mp4.json").unlink()
    make_movie(store, range(10), MP4, SIZE, 30, movie)
    movie.write_bytes(b"")
    make_movie(store, range(10), MP4, SIZE, 30, movie)
    assert [path.name for path in tmp_path.glob("*.mp4")] == ["s_hd.mp4"]


def test_what_becomes_of_a_movie_is_said(store, tmp_path):
    movie = tmp_path / "s_hd.mp4"
    assert replacement(store, movie, range(10)) is None
    make_movie(store, range(10), MP4, SIZE, 30, movie)
    assert replacement(store, movie, range(10)) == "s_hd.mp4 stays until the new movie is whole"
    assert replacement(store, movie, range(4)) == (
        "s_hd.mp4 stays until the new movie is whole, and has 10 frames where the new one has 4"
    )


def test_the_key_of_a_movie_covers_all_its_inputs():
    base = movie_key("A", MP4, 30, range(10))
    others = {
        movie_key("B", MP4, 30, range(10)),
        movie_key("A", DRAFT, 30, range(10)),
        movie_key("A", Encoding("mov", "h264"), 30, range(10)),
        movie_key("A", MP4, 29.97, range(10)),
        movie_key("A", MP4, 30, range(9)),
        movie_key("A", MP4, 30, range(10), "equirectangular"),
    }
    assert len({base, *others}) == 7


def test_changed_settings_reuse_the_frames(store, tmp_path):
    movie = make_movie(store, range(10), MP4, SIZE, 30, tmp_path / "s_hd.mp4")
    data = movie.read_bytes()
    assert make_movie(store, range(10), DRAFT, SIZE, 30, movie).read_bytes() != data
    assert store.missing(range(10)) == []
    part = make_movie(store, range(3, 6), MP4, SIZE, 30, movie)
    assert len(part.read_bytes()) < len(data)
    assert make_movie(store, range(10), MP4, SIZE, 30, movie).read_bytes() == data


def test_a_new_fingerprint_keeps_the_old_movie_until_the_new_one_is_done(store, tmp_path):
    movie = make_movie(store, range(10), MP4, SIZE, 30, tmp_path / "s_hd.mp4")
    changed = FrameStore(store.folder, store.stem, "B", store.work)
    with changed.claim():
        assert movie.exists()
        assert not is_finished(changed.work, movie, movie_key("B", MP4, 30, range(10)))
        with pytest.raises(MoviemakerError, match="frame 0 of s_hd is missing; give the same command again"):
            make_movie(changed, range(10), MP4, SIZE, 30, movie)
    assert movie.exists()


def test_a_sequence_is_finished_when_its_frames_are(store):
    png = FilmSettings(format="png").with_default_format("mp4")
    assert make_movie(store, range(10), png, SIZE, 30, store.folder) == store.folder


def test_a_damaged_record_is_ignored(store, tmp_path):
    movie = make_movie(store, range(10), MP4, SIZE, 30, tmp_path / "s_hd.mp4")
    record = store.work / "s_hd.mp4.json"
    key, text = movie_key("A", MP4, 30, range(10)), record.read_text()
    for damaged in (
        "{half",
        text.replace('"frames": 10', '"frames": 1e999'),
        text.replace('"frames": 10', '"frames": []'),
    ):
        record.write_text(damaged)
        assert not is_finished(store.work, movie, key)
