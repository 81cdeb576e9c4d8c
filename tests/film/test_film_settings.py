from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from moviemaker.core.errors import InputError
from moviemaker.film.codecs import CODINGS, DEFAULT_CODEC
from moviemaker.film.paths import (
    alignment_path,
    description_path,
    frame_name,
    movie_path,
    sequence_folder,
    work_folder,
)
from moviemaker.film.settings import Encoding, FilmSettings, frame_rate


def closed(**keys: Any) -> Encoding:
    return FilmSettings(**keys).with_default_format("mp4")


def error_of(**keys: Any) -> InputError:
    with pytest.raises(ValidationError) as caught:
        FilmSettings(**keys)
    (entry,) = caught.value.errors()
    error = entry["ctx"]["error"]
    assert isinstance(error, InputError)
    return error


def test_the_default_is_good_h264_in_mp4():
    assert closed() == Encoding("mp4", "h264", "good")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"format": "webm"}, ("webm", "vp9")),
        ({"format": "mkv"}, ("mkv", "h264")),
        ({"codec": "prores"}, ("mov", "prores")),
        ({"codec": "ffv1"}, ("mkv", "ffv1")),
        ({"codec": "vp9"}, ("webm", "vp9")),
        ({"codec": "h265"}, ("mp4", "h265")),
        ({"format": "gif"}, ("gif", None)),
        ({"format": "png"}, ("png", None)),
    ],
)
def test_missing_settings_follow_from_the_given_ones(keys, expected):
    encoding = closed(**keys)
    assert (encoding.format, encoding.codec) == expected


def test_the_lens_sets_only_defaults():
    assert FilmSettings().with_default_format("png") == Encoding("png", None, "good")
    assert FilmSettings(codec="h265").with_default_format("png").format == "mp4"
    assert FilmSettings(format="mp4").with_default_format("png").format == "mp4"


def test_errors_about_impossible_pairs_name_valid_ones():
    error = error_of(format="webm", codec="h264")
    assert error.at == ("codec",)
    assert str(error) == "codec h264 cannot be in format webm; use codec av1 or vp9, or format mp4 or mov or mkv"
    assert error_of(format="mp4", codec="prores").instead.endswith("or format mov or mkv")
    assert str(error_of(format="gif", codec="h264")) == (
        "codec h264 with format gif: GIF has one codec of its own; leave codec out"
    )
    assert "PNG sequence has no codec" in error_of(format="png", codec="ffv1").what
    assert "did you mean 'prores'" in error_of(codec="pro-res").instead


def test_16_bits_are_for_png_sequences():
    assert closed(format="png", bits=16).bits == 16
    assert FilmSettings(bits=16).with_default_format("png").bits == 16
    assert closed().bits == closed(bits=8).bits == closed(bits=8.0).bits == 8
    for keys in ({}, {"format": "gif"}, {"codec": "ffv1"}, {"format": "mov"}):
        with pytest.raises(InputError, match="only PNG and EXR sequences have them; write format: png") as caught:
            closed(bits=16, **keys)
        assert caught.value.at == ("bits",)
    assert str(error_of(bits=12)) == "pictures of 12 bits cannot be made; write 8, or 16 for a PNG sequence"
    assert "not a whole number" in error_of(bits="16").what


def test_every_default_codec_belongs_to_its_format():
    assert all(container in CODINGS[codec].containers for container, codec in DEFAULT_CODEC.items())


@pytest.mark.parametrize(
    ("keys", "size", "message"),
    [
        ({}, (1281, 720), "size [1281, 720] is odd; H.264 needs even numbers: [1280, 720] or [1282, 720]"),
        ({}, (1280, 719), "size [1280, 719] is odd; H.264 needs even numbers: [1280, 718] or [1280, 720]"),
        (
            {"codec": "prores"},
            (641, 361),
            "size [641, 361] is odd; ProRes 422 needs an even width: [640, 361] or [642, 361]",
        ),
        ({}, (16386, 64), "size [16386, 64] is too large for H.264; a picture is 2 to 16384 pixels wide"),
        ({"codec": "av1"}, (64, 8800), "size [64, 8800] is too large for AV1; a picture is 2 to 8704 pixels high"),
        ({"codec": "h265"}, (64, 8), "size [64, 8] is too small for H.265; a picture is 16 to 65535 pixels high"),
    ],
)
def test_sizes_that_cannot_be_encoded(keys, size, message):
    with pytest.raises(InputError) as caught:
        closed(**keys).check_size(size)
    assert str(caught.value) == message
    assert caught.value.at == ("size",)
    closed(**keys).check_size(closed(**keys).fit_size(size))


@pytest.mark.parametrize(
    "keys", [{"format": "gif"}, {"format": "png"}, {"codec": "ffv1"}, {"codec": "prores", "quality": "master"}]
)
def test_odd_sizes_are_allowed_without_chroma_subsampling(keys):
    closed(**keys).check_size((641, 361))
    assert closed(**keys).fit_size((641, 361)) == (641, 361)


def test_frame_rates_become_exact_ratios():
    ntsc = {23.976: 24000, 23.98: 24000, 29.97: 30000, 59.94: 60000, 119.88: 120000}
    assert {fps: frame_rate(fps) for fps in ntsc} == {fps: Fraction(n, 1001) for fps, n in ntsc.items()}
    exact = [1, 12.5, 24, 25, 29, 30, 48, 50, 60, 0.5, 120]
    assert [frame_rate(fps) for fps in exact] == [Fraction(fps) for fps in exact]


def test_estimates_of_disk_grow_with_frames_and_size():
    assert closed().disk_bytes((1280, 720), 100) == 100 * closed().disk_bytes((1280, 720), 1)
    assert 1e6 < closed().disk_bytes((1280, 720), 1) < 2e6
    assert 2 * closed(format="png").disk_bytes((9, 9), 9) < closed(format="png", bits=16).disk_bytes((9, 9), 9)


def test_names_are_those_of_the_contract():
    out = Path("outputs")
    assert movie_path(out, "stream", "hd", "mp4") == Path("outputs/stream/stream_hd.mp4")
    assert movie_path(out, "stream", "vr", "webm", "_360_TB") == Path("outputs/stream/stream_vr_360_TB.webm")
    assert movie_path(out, "stream", "hd", "mp4", eye="R") == Path("outputs/stream/stream_hd_R.mp4")
    assert sequence_folder(out, "stream", "dome") == Path("outputs/stream/stream_dome")
    assert sequence_folder(out, "stream", "dome", "L") == Path("outputs/stream/stream_dome/L")
    assert description_path(out, "stream", "dome") == Path("outputs/stream/stream_dome/stream_dome.txt")
    assert alignment_path(out, "stream", "dome") == Path("outputs/stream/stream_dome_alignment.png")
    assert frame_name("stream_dome", 0) == "stream_dome_000001.png"
    assert work_folder(out, "stream", "hd", "mp4") == Path("outputs/stream/.stream_hd.frames")
    assert work_folder(out, "stream", "hd", "png", "L") == Path("outputs/stream/.stream_hd.sequence/L")
