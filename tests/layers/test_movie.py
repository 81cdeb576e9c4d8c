"""Movies as textures are read frame by frame: which frame is shown when, and the same one however it is come to."""

from __future__ import annotations

import pickle
import subprocess

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from moviemaker.core.errors import MoviemakerError
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.values import NUMBER
from moviemaker.layers.textures.movie import Movie, read_movie
from moviemaker.layers.textures.movie_frames import SKIPPED, MovieFrames
from moviemaker.layers.textures.movie_time import play
from moviemaker.timeline.tracks import freeze, parse_track

WAYS = {
    "mp4": ["-c:v", "libx264", "-bf", "3", "-g", "7"],
    "mkv": ["-c:v", "ffv1"],
    "webm": ["-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "10", "-b:v", "1M"],
    "ts": ["-c:v", "libx264", "-bf", "2", "-g", "7"],
    "avi": ["-c:v", "mpeg4", "-q:v", "2"],
    "gif": [],
}


def grey(number: int) -> int:
    """The grey of a frame of the movies below."""
    return 10 + 9 * (number % 24)


def make_movie(path, count=12, rate="30", options=(), timing=()):
    """A movie of 64 x 32 whose frames carry their number as grey; the upper left quarter is black."""
    frames = np.empty((count, 32, 64), np.uint8)
    frames[:] = np.array([grey(number) for number in range(count)])[:, None, None]
    frames[:, :16, :32] = 0
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x32", "-r", rate]
    subprocess.run([*command, "-i", "-", *timing, *options, str(path)], input=frames.tobytes(), check=True)
    return path


def seen(pixels):
    """The number that the grey of a picture stands for, below 24."""
    return round((float(np.mean(pixels[24, 48])) - 10) / 9)


@pytest.fixture
def frames():
    """Makes readers, and ends them."""
    made = []

    def make(movie):
        made.append(MovieFrames(movie))
        return made[-1]

    yield make
    for reader in made:
        reader.close()


@pytest.mark.parametrize("ending", WAYS)
def test_every_frame_is_found_and_is_the_same_whichever_way_it_is_come_to(tmp_path, frames, ending):
    movie = read_movie(make_movie(tmp_path / f"m.{ending}", 24, "25", WAYS[ending]))
    assert len(movie.begins) == 24
    forwards = frames(movie)
    pictures = [forwards.get(number) for number in range(24)]
    assert [seen(picture) for picture in pictures] == list(range(24))
    assert forwards.started == 1
    assert (pictures[5][4, 4] < 30).all(), "row 0 is on top"
    jumping = frames(movie)
    for number in (17, 18, 3, 23, 0, 9):
        assert (jumping.get(number) == pictures[number]).all()
    assert (frames(movie).get(20) == pictures[20]).all()


@pytest.mark.parametrize("rate", ["24", "25", "30", "30000/1001", "60", "120"])
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_frame_n_is_shown_from_n_to_n_plus_1_by_the_rate(tmp_path, ending, rate):
    above, _, below = rate.partition("/")
    exact = int(above) / int(below or 1)
    movie = read_movie(make_movie(tmp_path / f"m.{ending}", 40, rate, ["-c:v", "mpeg4"]))
    for number in range(40):
        assert movie.number(number / exact, loop=False) == number
        assert movie.number((number + 0.999) / exact, loop=False) == number


def test_frames_of_unequal_length_have_the_times_of_the_file(tmp_path, frames):
    uneven = ["-vf", "setpts='if(lt(N,4),N*0.1,0.4+(N-4)*0.5)/TB'", "-fps_mode", "passthrough"]
    movie = read_movie(make_movie(tmp_path / "m.mkv", 8, "30", ["-c:v", "ffv1"], uneven))
    shown = [seen(frames(movie).get(movie.number(time, False))) for time in (0.0, 0.05, 0.15, 0.39, 0.45, 0.95, 9)]
    assert shown == [0, 0, 1, 3, 4, 5, 7]


def test_before_and_after_it_the_first_and_last_frames_hold_or_it_begins_again(tmp_path):
    movie = read_movie(make_movie(tmp_path / "m.mp4", 12, "10", ["-c:v", "mpeg4"]))
    assert movie.duration == pytest.approx(1.2)
    assert [movie.number(time, loop=False) for time in (-3.0, 0.0, 1.15, 1.2, 50.0)] == [0, 0, 11, 11, 11]
    assert [movie.number(time, loop=True) for time in (-0.05, 1.15, 1.2, 1.35, 12.0, 12.15)] == [11, 11, 0, 1, 0, 1]


def test_one_process_serves_until_something_behind_it_is_asked_for(tmp_path, frames):
    movie = read_movie(make_movie(tmp_path / "m.mp4", 120, "30", ["-c:v", "libx264", "-g", "20", "-bf", "2"]))
    reader = frames(movie)
    for number in (0, 1, 2, 2, 5, 5 + SKIPPED):
        assert seen(reader.get(number)) == number % 24
    assert reader.started == 1
    assert reader.get(21) is reader.get(21)
    assert seen(reader.get(115)) == 115 % 24  # far ahead: entered at the key frame 100
    assert reader.started == 2
    assert seen(reader.get(3)) == 3
    assert reader.started == 3


def test_a_movie_that_is_cut_off_shows_its_last_whole_frame(tmp_path, frames):
    path = make_movie(tmp_path / "m.mkv", 24, "25", ["-c:v", "ffv1", "-g", "1"])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    movie = read_movie(path)
    count = len(movie.begins)
    assert 6 < count < 20
    assert seen(frames(movie).get(count - 1)) in (count - 2, count - 1)


def test_files_that_are_not_movies_are_reported(tmp_path):
    for name, content in (("a.mp4", b"no movie"), ("b.txt", b"text" * 100), ("c.m3u8", b"#EXTM3U\nother.mp4\n")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match="its first bytes are not those of a movie"):
            read_movie(tmp_path / name)


def test_a_movie_that_went_away_gives_an_error_without_traceback(tmp_path, frames):
    path = make_movie(tmp_path / "m.mkv", 3)
    movie = read_movie(path)
    path.unlink()
    with pytest.raises(MoviemakerError, match="cannot decode"):
        frames(movie).get(0)


def movie_of(count, rate):
    begins = tuple(number / rate for number in range(count))
    return Movie("nowhere", "content", begins, begins, count / rate, (0,))


def test_a_speed_that_moves_adds_up():
    movie = movie_of(1000, 100.0)
    for ease, halfway in (("linear", 0.25), ("smooth", 0.1875), ("in", 1 / 12), ("hold", 0.0)):
        speed = parse_track({1: 0, 3: 1, "ease": ease}, NUMBER)
        playing = play(movie, 0.5, speed, False)
        assert playing.passed(1.0) == pytest.approx(0.0)
        assert playing.passed(2.0) == pytest.approx(halfway)
        whole = {"linear": 1.0, "smooth": 1.0, "in": 2 / 3, "hold": 0.0}[ease]
        assert playing.passed(5.0) == pytest.approx(whole + 2.0)
        assert freeze(playing, 5.0).number == int(100 * (0.5 + whole + 2.0) + 1e-3)
    backwards = play(movie, 5.0, -1.0, False)
    assert [freeze(backwards, time).number for time in (0.0, 1.0, 9.0)] == [500, 400, 0]
    stepped = play(movie, parse_track({0: 2, 10: 5, "ease": "linear"}, NUMBER), 0.0, False)
    assert [freeze(stepped, time).number for time in (0.0, 5.0, 20.0)] == [200, 350, 500]


def test_how_it_plays_is_part_of_what_frames_are_made_from():
    playing = play(movie_of(10, 10.0), 0.0, 1.0, False)
    assert pickle.loads(pickle.dumps(playing)) == playing
    others = [play(movie_of(10, 10.0), 0.0, 1.0, True), play(movie_of(10, 10.0), 1.0, 1.0, False)]
    other = Movie("nowhere", "other content", (0.0,), (0.0,), 1.0, (0,))
    prints = {fingerprint(each) for each in (playing, *others, play(other, 0.0, 1.0, False))}
    assert len(prints) == 4
