import os
import signal
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from moviemaker.core.errors import MoviemakerError
from moviemaker.film import encode as encode_module
from moviemaker.film.codecs import CODINGS
from moviemaker.film.disk_errors import DiskFull
from moviemaker.film.encode import encode, ffmpeg_command, gif_rate, palette_command
from moviemaker.film.picture import write_picture
from moviemaker.film.settings import Encoding, FilmSettings

W, H, N = 128, 72, 25
PATCHES = np.array(
    [
        [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)],
        [(0, 0, 0), (128, 128, 128), (200, 100, 50), (20, 40, 160)],
    ],
    np.uint8,
)
PAIRS = [(f, codec) for codec, coding in CODINGS.items() for f in coding.containers] + [("gif", None)]
MP4S = [(f, codec) for f, codec in PAIRS if f in ("mp4", "mov")]


def movie_frames(count: int = N) -> list[np.ndarray]:
    """Flat patches of colour, and a small square that gets brighter, whose place differs between frames."""
    still = PATCHES.repeat(H // 2, 0).repeat(W // 4, 1)
    frames = [still.copy() for _ in range(count)]
    for index, frame in enumerate(frames):
        frame[:6, :6] = index * 10
    return frames


def closed(**keys: str) -> Encoding:
    return FilmSettings(**keys).with_default_format("mp4")


def decode(path: Path) -> np.ndarray:
    """The frames in the file, each once, as (n, height, width, 3) integers."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-fps_mode", "passthrough"]
    command += ["-vf", "scale=flags=accurate_rnd+full_chroma_inp+full_chroma_int"]
    command += ["-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    run = subprocess.run(command, capture_output=True, check=True)
    assert run.stderr == b""
    return np.frombuffer(run.stdout, np.uint8).reshape(-1, H, W, 3).astype(int)


def describe(path: Path) -> str:
    run = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)], capture_output=True)
    return run.stderr.decode()


def boxes(data: bytes, inside: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
    """Every box of an MP4 file, outermost first, as (path such as b'moov/trak', content)."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        content = data[at + head : at + size]
        name = inside + b"/" + kind if inside else kind
        yield name, content
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"):
            yield from boxes(content, name)
        at += size


def test_the_command_for_h264():
    command = ffmpeg_command(closed(), (1920, 1080), 29.97, Path("a.mp4"), "ff")
    assert command == [
        *["ff", "-hide_banner", "-loglevel", "error", "-nostats", "-y"],
        *["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "1920x1080", "-framerate", "30000/1001"],
        *["-i", "pipe:0"],
        "-vf",
        "scale=in_range=full:out_range=tv:out_color_matrix=bt709:"
        "flags=bicubic+accurate_rnd+full_chroma_inp+full_chroma_int,"
        "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,format=yuv420p",
        *["-c:v", "libx264", "-preset", "faster", "-crf", "18", "-profile:v", "high", "-threads", "8", "-bf", "2"],
        *["-flags:v", "+bitexact+cgop", "-x264-params", "aq-mode=3:cpu-independent=1", "-g", "15"],
        *["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
        *["-video_track_timescale", "30000", "-movie_timescale", "30000"],
        *["-movflags", "+faststart+negative_cts_offsets+write_colr", "-use_editlist", "0"],
        *["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "mp4", "file:a.mp4"],
    ]


def test_the_command_for_lossless_rgb_keeps_the_colours():
    command = ffmpeg_command(closed(codec="ffv1"), (64, 36), 25, Path("a.mkv"), "ff")
    assert command[command.index("-i") :] == [
        *["-i", "pipe:0", "-vf", "format=bgr0", "-c:v", "ffv1"],
        *["-level", "3", "-coder", "1", "-context", "1", "-slices", "16", "-slicecrc", "1", "-threads", "4"],
        *["-flags:v", "+bitexact", "-g", "1"],
        *["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "matroska", "file:a.mkv"],
    ]


def test_the_commands_for_gif():
    assert (
        palette_command((64, 36), Path("p"), "ff")[-10:]
        == [
            *[
                "-vf",
                "palettegen",
                "-frames:v",
                "1",
                "-fflags",
                "+bitexact",
                "-c:v",
                "png",
                "-f",
                "image2pipe",
                "file:p",
            ]
        ][-10:]
    )
    command = ffmpeg_command(closed(format="gif"), (64, 36), 60, Path("a.gif"), "ff", Path("p"))
    assert command[command.index("-framerate") :] == [
        *["-framerate", "30/1", "-i", "pipe:0", "-f", "png_pipe", "-i", "file:p"],
        *["-lavfi", "[0:v][1:v]paletteuse=dither=sierra2_4a", "-c:v", "gif", "-loop", "0", "-flags:v", "+bitexact"],
        *["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "gif", "file:a.gif"],
    ]
    assert [gif_rate(fps) for fps in (30, 50, 59.94, 120)] == [30, 50, Fraction(30000, 1001), 40]


def test_apple_players_want_h265_under_the_name_hvc1():
    assert "hvc1" in ffmpeg_command(closed(codec="h265"), (64, 36), 24, Path("a.mp4"))
    assert "hvc1" not in ffmpeg_command(closed(format="mkv", codec="h265"), (64, 36), 24, Path("a.mkv"))


@pytest.mark.parametrize(("container", "codec"), PAIRS)
def test_decoded_frames_equal_the_encoded_ones(tmp_path, container, codec):
    keys = {"format": container, "codec": codec} if codec else {"format": container}
    frames = movie_frames()
    path = encode(frames, closed(**keys), (W, H), 30, tmp_path / f"a.{container}")
    assert list(tmp_path.iterdir()) == [path]

    count, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert (count, seconds) == (N, pytest.approx(N / 30, abs=0.01))
    found = decode(path)
    assert found.shape == (N, H, W, 3)
    brightness = found[:, 1:5, 1:5].mean(axis=(1, 2, 3))
    assert np.abs(brightness - 10 * np.arange(N)).max() < 8  # every frame in its place
    centres = found[:, H // 4 :: H // 2, W // 8 :: W // 4]
    assert np.abs(centres - PATCHES).max() <= 3
    if codec == "ffv1":
        assert (found == np.array(frames)).all()
    text = describe(path)
    assert f"{W}x{H}" in text
    assert "start: 0.000000" in text
    if codec not in (None, "ffv1"):
        assert "(tv, bt709" in text
    if container != "gif":
        assert ", 30 fps" in text

    again = encode(frames, closed(**keys), (W, H), 30, tmp_path / f"b.{container}")
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("container", "codec"), MP4S)
def test_mp4_and_mov_start_at_zero_and_last_exactly(tmp_path, container, codec):
    path = encode(movie_frames(), closed(format=container, codec=codec), (W, H), 29.97, tmp_path / f"a.{container}")
    found = list(boxes(path.read_bytes()))
    names = [name for name, _ in found]
    assert names.index(b"moov") < names.index(b"mdat")
    assert not [name for name in names if b"edts" in name or b"elst" in name]
    content = dict(found)
    timescale, duration = struct.unpack_from(">II", content[b"moov/trak/mdia/mdhd"], 12)
    assert Fraction(duration, timescale) == N * Fraction(1001, 30000)
    assert struct.unpack_from(">II", content[b"moov/mvhd"], 12) == (timescale, duration)
    assert struct.unpack_from(">II", content[b"moov/mvhd"], 4) == (0, 0)  # no dates
    (samples,) = struct.unpack_from(">I", content[b"moov/trak/mdia/minf/stbl/stsz"], 8)
    assert samples == N
    shifts = content.get(b"moov/trak/mdia/minf/stbl/ctts")
    if shifts is not None:
        pairs = struct.iter_unpack(">Ii", shifts[8:])
        assert next(pairs)[1] == 0  # the first picture is shown at 0, without an edit list to say so
    assert b"colrnclx" in path.read_bytes() or b"colrnclc" in path.read_bytes()


def test_groups_of_pictures_last_half_a_second(tmp_path):
    path = encode(movie_frames(), closed(), (W, H), 12, tmp_path / "a.mp4")
    keys = dict(boxes(path.read_bytes()))[b"moov/trak/mdia/minf/stbl/stss"]
    assert [n for (n,) in struct.iter_unpack(">I", keys[8:])] == [1, 7, 13, 19, 25]


@pytest.mark.parametrize("quality", ["draft", "good", "master"])
def test_better_quality_is_larger_and_closer_to_the_frames(tmp_path, quality):
    frames = [np.random.default_rng(k).integers(0, 256, (H, W, 3), dtype=np.uint8) for k in range(5)]
    sizes = [
        encode(frames, closed(quality=q), (W, H), 30, tmp_path / f"{q}.mp4").stat().st_size
        for q in ("draft", "good", "master")
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] < 0.7 * sizes[1]


def test_a_gif_of_many_frames_per_second_takes_every_second(tmp_path):
    path = encode(movie_frames(), closed(format="gif"), (W, H), 60, tmp_path / "a.gif")
    found = decode(path)
    assert len(found) == 13
    assert np.abs(found[:, 1:5, 1:5].mean(axis=(1, 2, 3)) - 20 * np.arange(13)).max() < 8
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in path.read_bytes()  # for ever


def test_one_frame_that_never_changes_makes_a_movie(tmp_path):
    for codec in ("h264", "vp9", "av1"):
        path = encode(movie_frames(1), closed(codec=codec), (W, H), 24, tmp_path / f"{codec}.mkv")
        assert len(decode(path)) == 1
    still = encode(movie_frames(1) * 10, closed(format="gif"), (W, H), 10, tmp_path / "still.gif")
    assert imageio_ffmpeg.count_frames_and_secs(str(still)) == (10, pytest.approx(1.0, abs=0.02))


def test_frames_are_read_from_files_and_progress_is_reported(tmp_path):
    told: list[int] = []
    paths = [write_picture(tmp_path / f"{k}.png", frame) for k, frame in enumerate(movie_frames())]
    first = encode(paths, closed(), (W, H), 30, tmp_path / "deep" / "er" / "a.mp4", progress=told.append)
    assert told == list(range(1, N + 1))
    assert first.read_bytes() == encode(movie_frames(), closed(), (W, H), 30, tmp_path / "b.mp4").read_bytes()


def test_unusual_file_names_work(tmp_path):
    path = encode(movie_frames(3), closed(), (W, H), 30, tmp_path / "-y %d 100%; a'b:c.mp4")
    assert len(decode(path)) == 3
    assert len(decode(encode(movie_frames(3), closed(format="gif"), (W, H), 30, tmp_path / "%03d.gif"))) == 3


def nothing_but(folder: Path, *names: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_finish_runs_before_the_file_gets_its_name(tmp_path):
    target = tmp_path / "a.mp4"

    def finish(partial: Path) -> None:
        assert not target.exists()
        with open(partial, "ab") as file:
            file.write(b"\0\0\0\x08free")

    assert encode(movie_frames(3), closed(), (W, H), 30, target, finish=finish).read_bytes().endswith(b"free")
    with pytest.raises(ZeroDivisionError):
        encode(movie_frames(3), closed(), (W, H), 30, tmp_path / "b.mp4", finish=lambda _: 1 // 0)  # type: ignore[arg-type, return-value]
    nothing_but(tmp_path, "a.mp4")


def test_a_frame_that_cannot_be_read_stops_the_movie(tmp_path):
    paths = [write_picture(tmp_path / f"{k}.png", frame) for k, frame in enumerate(movie_frames(3))]
    (tmp_path / "a.mp4").write_text("old")
    data = paths[1].read_bytes()
    paths[1].write_bytes(data[:60] + b"\0\0\0" + data[63:])
    with pytest.raises(MoviemakerError, match=r"1\.png is damaged.*give the same command again"):
        encode(paths, closed(), (W, H), 30, tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_text() == "old"
    nothing_but(tmp_path, "a.mp4", "0.png", "2.png")
    with pytest.raises(MoviemakerError, match="where the movie is 64 x 36"):
        encode(movie_frames(2), closed(), (64, 36), 30, tmp_path / "a.mp4")
    nothing_but(tmp_path, "a.mp4", "0.png", "2.png")


def test_messages_of_ffmpeg_are_reported(tmp_path):
    with pytest.raises(MoviemakerError, match=r"ffmpeg failed: .*width not divisible by 2") as caught:
        encode([frame[:, :-1] for frame in movie_frames()], closed(), (W - 1, H), 30, tmp_path / "a.mp4")
    assert "All frames are kept" in str(caught.value)
    assert "rawvideo" not in str(caught.value)
    assert "rawvideo" in caught.value.__notes__[0]  # for --debug
    nothing_but(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_recognised(tmp_path, monkeypatch):
    @contextmanager
    def full(*_: object) -> Iterator[Path]:
        yield Path("/dev/full")

    monkeypatch.setattr(encode_module, "whole_file", full)
    with pytest.raises(DiskFull, match="the disk is full"):
        encode(movie_frames(), closed(format="mkv"), (W, H), 30, tmp_path / "a.mkv")


def fake_ffmpeg(folder: Path, body: str) -> Path:
    program = folder / "ffmpeg"
    program.write_text(f"#!{sys.executable}\nimport sys, os\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's list of child processes")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_ffmpeg_that_is_killed_while_it_encodes(tmp_path, number):
    def kill(count: int) -> None:
        if count == 5:
            for task in Path("/proc/self/task").iterdir():
                for child in (task / "children").read_text().split():
                    if "ffmpeg" in Path(f"/proc/{child}/cmdline").read_text():
                        os.kill(int(child), number)
            time.sleep(0.3)

    frames = movie_frames(9) * 40
    with pytest.raises(MoviemakerError, match=r"was ended by (SIGKILL|a signal).*all frames are kept: give the same"):
        encode(frames, closed(format="webm"), (W, H), 30, tmp_path / "a.webm", progress=kill)
    nothing_but(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="a script with a shebang")
def test_an_interrupt_does_not_wait_for_ffmpeg(tmp_path, monkeypatch):
    pid = tmp_path / "pid"
    body = "print('V libx264') if '-encoders' in sys.argv else (open(PID, 'w').write(str(os.getpid())), "
    body += "sys.stdin.buffer.read(), __import__('time').sleep(60))"
    program = fake_ffmpeg(tmp_path, body.replace("PID", repr(str(pid))))
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))

    def interrupted(count: int) -> None:
        if count == 3:
            while not pid.exists():
                time.sleep(0.01)
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        encode(movie_frames(3), closed(), (W, H), 30, tmp_path / "a.mp4", progress=interrupted)
    monkeypatch.setattr(subprocess.Popen, "wait", wait_interrupted(subprocess.Popen.wait))
    with pytest.raises(KeyboardInterrupt):  # while ffmpeg finishes
        encode(movie_frames(3), closed(), (W, H), 30, tmp_path / "a.mp4")
    assert time.monotonic() - began < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    nothing_but(tmp_path, "ffmpeg", "pid")


def wait_interrupted(wait: Callable[..., int]) -> Callable[..., int]:
    """A wait for a process that is interrupted once."""
    calls: list[int] = []

    def interrupt(self: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        calls.append(1)
        if len(calls) == 1:
            time.sleep(0.3)
            raise KeyboardInterrupt
        return wait(self, timeout)

    return interrupt


@pytest.mark.skipif(os.name == "nt", reason="a script with a shebang")
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sys.exit('broken library')", "cannot use ffmpeg .*broken library"),
        ("print('V..... mpeg4')", "has no encoder libx264; unset IMAGEIO_FFMPEG_EXE"),
        ("print('V libx264') if '-encoders' in sys.argv else sys.exit('went wrong')", "ffmpeg failed: went wrong"),
        (
            "print('V libx264') if '-encoders' in sys.argv else os.kill(os.getpid(), 9)",
            "ffmpeg, which makes the movie, was ended by SIGKILL, as happens when the memory is used up; all frames",
        ),
        (
            "print('V libx264') if '-encoders' in sys.argv else os.kill(os.getpid(), 15)",
            "was ended by SIGTERM; all frames are kept: give the same command again",
        ),
        ("print('V libx264') if '-encoders' in sys.argv else sys.exit(143)", "was ended by SIGTERM; all frames"),
        ("print('V libx264') if '-encoders' in sys.argv else sys.exit(3)", "ended with status 3 and said nothing"),
        (
            "print('V libx264') if '-encoders' in sys.argv else "
            "(open(sys.argv[-1][5:], 'w').write('half'), sys.stdin.buffer.read(100), sys.exit('gave up'))",
            "ffmpeg failed: gave up",
        ),
    ],
)
def test_a_failing_ffmpeg_says_why_and_leaves_nothing(tmp_path, monkeypatch, body, message):
    (tmp_path / "out").mkdir()
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fake_ffmpeg(tmp_path, body)))
    with pytest.raises(MoviemakerError, match=message):
        encode(movie_frames(), closed(), (W, H), 30, tmp_path / "out" / "a.mp4")
    nothing_but(tmp_path / "out")


def test_a_missing_ffmpeg(tmp_path, monkeypatch):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "none"))
    with pytest.raises(MoviemakerError, match=r"cannot start ffmpeg .*is IMAGEIO_FFMPEG_EXE right"):
        encode(movie_frames(1), closed(), (W, H), 30, tmp_path / "a.mp4")
