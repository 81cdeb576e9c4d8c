"""Metadata that an editor has stripped are put back, and nothing else of the movie changes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from moviemaker.cli import main
from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.film import tag as tag_module
from moviemaker.film.containers.embed import embed
from moviemaker.film.encode import encode
from moviemaker.film.inspect.report import inspect
from moviemaker.film.layout import PictureLayout
from moviemaker.film.settings import FilmSettings
from moviemaker.film.tag import tag

SIZES = {"360": (128, 64), "360-tb": (128, 128), "360-lr": (256, 64), "180-lr": (128, 64), "cubemap": (96, 64)}
CONTAINERS = {"mp4": "h264", "mov": "h265", "mkv": "h264", "webm": "vp9"}


def ffmpeg(*words: str | Path) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def pictures(movie: Path) -> bytes:
    """A hash of the compressed pictures."""
    return ffmpeg("-i", movie, "-map", "0:v", "-c", "copy", "-f", "md5", "-")


@pytest.fixture(scope="module")
def movies(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Movies by container and layout, as a render makes them."""
    folder = tmp_path_factory.mktemp("movies")
    made = {}
    for container, codec in CONTAINERS.items():
        encoding = FilmSettings(format=container, codec=codec, quality="draft").with_default_format("mp4")
        for size in set(SIZES.values()):
            frames = [np.full((size[1], size[0], 3), 40 * k, np.uint8) for k in range(3)]
            plain = encode(frames, encoding, size, 30, folder / f"plain_{size[0]}_{size[1]}.{container}")
            for like in (like for like, its in SIZES.items() if its == size):
                layout = PictureLayout.like(like)
                movie = folder / f"s_vr_{like}{layout.name_suffix}.{container}"
                movie.write_bytes(plain.read_bytes())
                embed(movie, layout)
                made[container, like] = movie
    return made


def stripped(movie: Path, folder: Path) -> Path:
    """The movie as an editor leaves it that knows nothing of 360 degrees."""
    copy = folder / movie.name
    ffmpeg("-i", movie, "-map_metadata", "-1", "-c", "copy", copy)
    if inspect(copy).facts.readings:  # ffmpeg keeps the elements of Matroska
        embed(copy, PictureLayout())
    assert not inspect(copy).facts.readings
    return copy


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("like", SIZES)
def test_the_metadata_are_those_of_an_undisturbed_render(movies, tmp_path, container, like):
    undisturbed = movies[container, like]
    movie = stripped(undisturbed, tmp_path)
    before = pictures(movie)
    assert tag(movie, like) == movie
    assert inspect(movie).facts.readings == inspect(undisturbed).facts.readings
    for found, wanted in zip(inspect(movie).verdicts, inspect(undisturbed).verdicts, strict=True):
        assert found.objections == wanted.objections
    assert pictures(movie) == before
    data = movie.read_bytes()
    tag(movie, like.upper().replace("-", "_"))  # a second time changes nothing
    assert movie.read_bytes() == data
    assert os.listdir(tmp_path) == [movie.name]


def test_inspect_says_how_to_put_them_back(movies, tmp_path):
    for like in ("360-tb", "180-lr"):
        movie = stripped(movies["mp4", like], tmp_path)
        said = str(inspect(movie))
        assert f"metadata: none; put them back with moviemaker tag {movie.name} --like {like}\n" in said
        assert said.count(f"moviemaker tag {movie.name} --like {like}") == 2  # and where YouTube objects
        tag(movie, like)
        assert "moviemaker tag" not in str(inspect(movie))


def test_another_file_may_be_written_and_a_movie_may_say_what_it_is_like(movies, tmp_path):
    movie = stripped(movies["mp4", "360-tb"], tmp_path)
    before = movie.read_bytes()
    said: list[str] = []
    other = tmp_path / "cut.mp4"
    assert tag(movie, str(movies["mkv", "360-tb"]), other, note=said.append) == other
    assert said == ["some players go by the name alone: name it cut_360_TB.mp4"]
    assert movie.read_bytes() == before
    assert inspect(other).facts.readings == inspect(movies["mp4", "360-tb"]).facts.readings
    with pytest.raises(UserError, match=r"cut\.mp4: there is a file already.*--force"):
        tag(movie, "360-tb", other)
    tag(other, "360-tb", other.with_name("again.mp4"))  # that has them all
    assert other.with_name("again.mp4").read_bytes() == other.read_bytes()
    assert tag(movie, "360-tb", other, force=True) == other
    assert sorted(os.listdir(tmp_path)) == ["again.mp4", "cut.mp4", movie.name]


def test_what_contradicts_itself_needs_force(movies, tmp_path):
    movie = tmp_path / "edit.mp4"
    movie.write_bytes(movies["mp4", "360-tb"].read_bytes())
    before = movie.read_bytes()
    with pytest.raises(UserError, match=r"has other metadata already \(V1: equirectangular, top-bottom; V2: .*--force"):
        tag(movie, "360-lr")
    embed(movie, PictureLayout())
    with pytest.raises(UserError, match=r"2:1, and this one is 1:1"):
        tag(movie, "360")
    named = movie.rename(tmp_path / "edit_180_LR.mp4")
    with pytest.raises(UserError, match="its name says half-equirectangular"):
        tag(named, "360-tb")
    tag(named, "360-tb", force=True)
    assert inspect(named).layout == PictureLayout("equirectangular", "top-bottom")
    tag(named, "flat", force=True)
    assert not inspect(named).facts.readings
    assert before


@pytest.mark.parametrize(
    ("name", "like", "message"),
    [
        ("a.mp4", "36O-tb", "no picture is like '36O-tb'; did you mean '360-tb'"),
        ("a.mp4", "plain.mp4", "that movie has no metadata"),
        ("a.gif", "360", "GIF has no place for such metadata"),
        ("a.avi", "360", "AVI has no place for such metadata; copy it into an MP4"),
        ("pieces.mp4", "360", "it is fragmented"),
        ("half.mp4", "360", "cut short"),
        ("text.mp4", "360", "it is not a movie"),
        ("missing.mp4", "360", "it cannot be read: No such file"),
    ],
)
def test_what_cannot_be_tagged_stays_as_it_is(tmp_path, monkeypatch, capfd, name, like, message):
    monkeypatch.chdir(tmp_path)
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=128x64:d=0.2", "-pix_fmt", "yuv420p", "plain.mp4")
    options = {"pieces.mp4": ["-movflags", "frag_keyframe+empty_moov"], "a.avi": ["-c:v", "mpeg4"]}
    if name == "text.mp4":
        Path(name).write_text("not a movie")
    elif name != "missing.mp4":
        how = options.get(name, [] if name.endswith(".gif") else ["-c", "copy"])
        ffmpeg("-i", "plain.mp4", *how, name)
    if name == "half.mp4":
        Path(name).write_bytes(Path(name).read_bytes()[:-100])
    before = Path(name).read_bytes() if Path(name).exists() else None
    assert main(["tag", name, "--like", like]) == 2
    assert message in capfd.readouterr().err
    assert (Path(name).read_bytes() if Path(name).exists() else None) == before
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name]


def test_a_failure_leaves_the_movie_as_it_is(movies, tmp_path, monkeypatch):
    movie = stripped(movies["mp4", "360-tb"], tmp_path)
    before = movie.read_bytes()

    def full(path: Path, layout: PictureLayout) -> None:
        embed(path, layout)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tag_module, "embed", full)
    with pytest.raises(MoviemakerError, match="the disk is full"):
        tag(movie, "360-tb")
    monkeypatch.setattr(tag_module, "embed", lambda path, layout: embed(path, PictureLayout("cubemap")))
    with pytest.raises(UserError, match="cannot be read back; it is left as it is"):
        tag(movie, "360-tb")
    assert movie.read_bytes() == before
    assert os.listdir(tmp_path) == [movie.name]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link(movies, tmp_path):
    movie = stripped(movies["mp4", "360"], tmp_path)
    link = tmp_path / "link_360.mp4"
    link.symlink_to(movie.name)
    tag(link, "360")
    assert link.is_symlink()
    assert inspect(movie).facts.readings


def test_the_command_prints_the_file(movies, tmp_path, monkeypatch, capfd):
    movie = stripped(movies["mp4", "360-tb"], tmp_path).rename(tmp_path / "cut.mp4")
    monkeypatch.chdir(tmp_path)
    assert main(["tag", "cut.mp4", "--like", "360-tb", "-o", "cut_360_TB.mp4"]) == 0
    assert capfd.readouterr() == ("cut_360_TB.mp4\n", "")
    assert main(["tag", movie.name, "--like", "360-tb"]) == 0
    out, err = capfd.readouterr()
    assert (out, "name it cut_360_TB.mp4" in err) == ("cut.mp4\n", True)
