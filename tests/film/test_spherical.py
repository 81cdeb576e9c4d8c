"""Metadata for players: independent readers find all that is written.

They are ffmpeg's text, PyAV's side data of a decoded frame, and dumps of boxes and of EBML elements.
"""

import itertools
import os
import re
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
import spherical_readers
from spherical_readers import (
    LAYOUTS,
    PAIRS,
    TOP_BOTTOM,
    V1,
    VR180,
    H,
    N,
    W,
    copy_of,
    decoded,
    dump,
    dump_ebml,
    pictures,
    spherical_text,
)

from moviemaker.film.containers.embed import embed, finishing_touch
from moviemaker.film.encode import encode, ffmpeg_command
from moviemaker.film.layout import NameTokens, PictureLayout, metadata_text, name_tokens
from moviemaker.film.settings import Encoding

plain = spherical_readers.plain  # a fixture of both files


def expected_text(layout: PictureLayout, container: str, codec: str) -> dict[str, str]:
    hvc1 = codec == "h265" and container in ("mp4", "mov")
    sphere = {
        "equirectangular": "equirectangular",
        "half-equirectangular": "half equirectangular" if hvc1 else "tiled equirectangular [",
        "cubemap": "cubemap [pad 0]",
        "rectangular": "rectilinear" if hvc1 and layout.stereo != "mono" else None,
    }.get(layout.projection)
    stereo = {"left-right": "side by side", "top-bottom": "top and bottom"}.get(layout.stereo)
    return {key: text for key, text in (("stereo", stereo), ("sphere", sphere)) if text}


@pytest.mark.parametrize(("container", "codec"), PAIRS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_ffmpeg_reads_what_was_written(plain, tmp_path, layout, container, codec):
    movie = copy_of(plain[container, codec], tmp_path)
    embed(movie, layout)
    said, expected = spherical_text(movie), expected_text(layout, container, codec)
    assert said.keys() == expected.keys()
    assert all(said[key].startswith(expected[key]) for key in expected), said


@pytest.mark.parametrize(("container", "codec"), PAIRS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_pyav_reads_what_was_written(plain, tmp_path, layout, container, codec):
    av = pytest.importorskip("av")
    movie = copy_of(plain[container, codec], tmp_path)
    embed(movie, layout)
    with av.open(str(movie)) as file:
        frames = list(file.decode(video=0))
        found = {data.type.name: bytes(data) for data in frames[0].side_data}
        side = {name: np.frombuffer(found[name], np.int32) for name in ("STEREO3D", "SPHERICAL") if name in found}
    assert len(frames) == N
    hvc1 = codec == "h265" and container in ("mp4", "mov")
    stereo = {"left-right": 1, "top-bottom": 2}.get(layout.stereo)
    assert (None if stereo is None else side["STEREO3D"][0]) == stereo
    sphere = {"equirectangular": 0, "cubemap": 1, "half-equirectangular": 3 if hvc1 else 2}.get(layout.projection)
    if hvc1 and layout.projection == "rectangular" and stereo:
        sphere = 4  # Apple's box says so in words
    assert (side["SPHERICAL"][0] if "SPHERICAL" in side else None) == sphere
    if sphere == 2:  # left, top, right, bottom: a quarter each from the left and from the right
        assert side["SPHERICAL"][4:8].tolist() == [0x3FFFFFFF, 0, 0x3FFFFFFF, 0]


@pytest.mark.parametrize(("container", "codec"), [pair for pair in PAIRS if pair[0] in ("mp4", "mov")])
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_the_boxes_are_those_of_the_specifications(plain, tmp_path, layout, container, codec):
    movie = copy_of(plain[container, codec], tmp_path)
    embed(movie, layout)
    found = list(dump(movie.read_bytes()))
    entry = next(name for name, _ in found if re.fullmatch(r"/moov/trak/mdia/minf/stbl/stsd/....", name))
    kinds = [name.removeprefix(f"{entry}/") for name, _ in found if name.startswith(f"{entry}/")]
    content = {name.removeprefix(f"{entry}/"): inside for name, inside in found}

    stereo = {"left-right": 2, "top-bottom": 1}.get(layout.stereo)
    assert content.get("st3d") == (None if stereo is None else bytes([0, 0, 0, 0, stereo]))
    sphere = {"equirectangular": "equi", "half-equirectangular": "equi", "cubemap": "cbmp"}.get(layout.projection)
    v2 = ["sv3d", "sv3d/svhd", "sv3d/proj", "sv3d/proj/prhd", f"sv3d/proj/{sphere}"]
    assert [kind for kind in kinds if kind.startswith("sv3d")] == (v2 if sphere else [])
    if sphere:
        assert content["sv3d/svhd"] == b"\0\0\0\0moviemaker\0"
        assert content["sv3d/proj/prhd"] == bytes(16)
        quarter = b"\x3f\xff\xff\xff" * 2 if layout.projection == "half-equirectangular" else bytes(8)
        assert content[f"sv3d/proj/{sphere}"] == (bytes(12) + quarter if sphere == "equi" else bytes(12))
    uuids = [inside for name, inside in found if name == "/moov/trak/uuid"]
    assert len(uuids) == (layout.projection == "equirectangular")
    for uuid in uuids:
        assert uuid.startswith(V1)
        mode = f"<GSpherical:StereoMode>{layout.stereo}</" in uuid[16:].decode()
        assert mode == (layout.stereo != "mono")
        assert b"<GSpherical:ProjectionType>equirectangular</GSpherical:ProjectionType>" in uuid
    apple = {"rectangular": b"rect", "equirectangular": b"equi", "half-equirectangular": b"hequ"}
    has_apple = entry.endswith("hvc1") and layout.projection in apple and layout != PictureLayout()
    assert ("vexu" in kinds) == has_apple
    if has_apple:
        assert content["vexu/proj"].endswith(b"prji\0\0\0\0" + apple[layout.projection])
        assert content.get("vexu/eyes/stri") == (b"\0\0\0\0\x03" if stereo else None)
        pack = {1: b"\0\0\0\0over", 2: b"\0\0\0\0side"}
        assert content.get("vexu/pack/pkin") == (pack[stereo] if stereo else None)

    top = [kind for kind in kinds if "/" not in kind]
    order = [kind for kind in top if kind in ("avcC", "hvcC", "av1C", "st3d", "sv3d", "vexu", "clap", "pasp")]
    wanted = ["avcC", "hvcC", "av1C", "st3d", "sv3d", "vexu", "clap", "pasp"]
    assert order == [kind for kind in wanted if kind in order]


@pytest.mark.parametrize(("container", "codec"), [pair for pair in PAIRS if pair[0] in ("mkv", "webm")])
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_the_elements_are_those_of_the_specification(plain, tmp_path, layout, container, codec):
    movie = copy_of(plain[container, codec], tmp_path)
    embed(movie, layout)
    found = list(dump_ebml(movie.read_bytes()))
    video = (0x18538067, 0x1654AE6B, 0xAE, 0xE0)
    content = {path[len(video) :]: inside for path, _, inside in found if path[: len(video)] == video}
    stereo = {"left-right": b"\x01", "top-bottom": b"\x03"}.get(layout.stereo)
    assert content.get((0x53B8,)) == stereo
    sphere = {"equirectangular": b"\x01", "half-equirectangular": b"\x01", "cubemap": b"\x02"}.get(layout.projection)
    assert content.get((0x7670, 0x7671)) == sphere
    quarter = b"\x3f\xff\xff\xff" * 2 if layout.projection == "half-equirectangular" else bytes(8)
    assert content.get((0x7670, 0x7672)) == {b"\x01": bytes(12) + quarter, b"\x02": bytes(12)}.get(sphere)
    names = [inside for path, _, inside in found if path[-1] == 0x45A3]
    assert names.count(b"spherical-video") == (layout.projection == "equirectangular")

    start, plain_start = movie.read_bytes()[:64], plain[container, codec].read_bytes()[:64]
    assert start.split(b"\x42\x87\x81")[1][0] >= (2 if layout.is_plain else 4)  # the elements came with version 4
    assert start.split(b"\x42\x87\x81")[0] == plain_start.split(b"\x42\x87\x81")[0]

    segment = next(place for path, place, _ in found if path == (0x18538067,)) + 12
    places = {path[1]: place - segment for path, place, _ in found if len(path) == 2 and path[1] != 0xEC}
    seeks = [(path[-1], int.from_bytes(inside, "big")) for path, _, inside in found if path[-1] in (0x53AB, 0x53AC)]
    listed = {id: at for (_, id), (_, at) in zip(seeks[::2], seeks[1::2], strict=True)}
    assert listed == {id: at for id, at in places.items() if id in listed}
    assert {0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1254C367} <= listed.keys()
    clusters = [place - segment for path, place, _ in found if path == (0x18538067, 0x1F43B675)]
    cues = [int.from_bytes(inside, "big") for path, _, inside in found if path[-1] == 0xF1]
    assert cues
    assert set(cues) <= set(clusters)


@pytest.mark.parametrize(("container", "codec"), PAIRS)
def test_embedding_keeps_pictures_is_idempotent_and_can_be_undone(plain, tmp_path, container, codec):
    movie = copy_of(plain[container, codec], tmp_path)
    before, pictures_before = movie.read_bytes(), decoded(movie)
    written = {}
    for layout in LAYOUTS:
        embed(movie, layout)
        written[layout] = movie.read_bytes()
        if layout in (TOP_BOTTOM, VR180):
            assert decoded(movie) == pictures_before
        embed(movie, layout)
        assert movie.read_bytes() == written[layout]
    for layout in LAYOUTS[::2]:  # whatever was there before
        embed(movie, layout)
        assert container in ("mkv", "webm") or movie.read_bytes() == written[layout]
        assert spherical_text(movie).keys() == expected_text(layout, container, codec).keys()
    embed(movie, PictureLayout())
    assert spherical_text(movie) == {}
    if container in ("mp4", "mov"):
        assert movie.read_bytes() == before
    assert os.listdir(tmp_path) == [movie.name]


def test_a_gif_is_left_alone(tmp_path):
    movie = tmp_path / "movie.gif"
    encode(pictures(), Encoding("gif", None), (W, H), 10, movie)
    before = movie.read_bytes()
    embed(movie, TOP_BOTTOM)
    assert movie.read_bytes() == before


def test_metadata_are_embedded_while_encoding(tmp_path):
    movie = tmp_path / "movie_360_TB.mp4"
    finish = finishing_touch(TOP_BOTTOM)
    encode(pictures(), Encoding("mp4", "h264", "draft"), (W, H), 30, movie, finish=finish)
    assert spherical_text(movie) == {"stereo": "top and bottom", "sphere": "equirectangular"}
    assert os.listdir(tmp_path) == [movie.name]
    assert finishing_touch(PictureLayout()) is None
    assert finishing_touch(PictureLayout("fisheye")) is None


def test_words_of_layouts():
    suffixes = {layout: layout.name_suffix for layout in LAYOUTS}
    assert suffixes[PictureLayout("equirectangular")] == "_360"
    assert suffixes[TOP_BOTTOM] == "_360_TB"
    assert suffixes[PictureLayout("equirectangular", "left-right")] == "_360_LR"
    assert suffixes[VR180] == "_180_LR"
    assert suffixes[PictureLayout("rectangular", "left-right")] == "_LR"
    assert suffixes[PictureLayout("rectangular", "top-bottom")] == "_TB"
    assert suffixes[PictureLayout()] == suffixes[PictureLayout("fisheye")] == ""
    texts = {metadata_text(layout) for layout in LAYOUTS}
    assert len(texts) == len(LAYOUTS) - 1  # the two that have none
    assert metadata_text(PictureLayout()) == ""
    for wrong in (("round", "mono"), ("equirectangular", "both")):
        with pytest.raises(ValueError, match="is none of"):
            PictureLayout(*wrong)


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_names_are_read_as_they_are_made(layout):
    tokens = name_tokens(f"a scene_main{layout.name_suffix}.mp4")
    spheres = ("equirectangular", "half-equirectangular")
    assert tokens.projection == (layout.projection if layout.projection in spheres else None)
    assert tokens.stereo == (None if layout.stereo == "mono" else layout.stereo)


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("beach 180x180 3DH.mkv", NameTokens("half-equirectangular", "left-right")),
        ("F180_sbs.mp4", NameTokens("fisheye", "left-right")),
        ("Fisheye190_RL.mp4", NameTokens("fisheye", "right-left")),
        ("x_HOU.mp4", NameTokens(None, "top-bottom", True)),
        ("1080p_640x360_at_3600.mp4", NameTokens()),
        ("turntable.360", NameTokens()),
    ],
)
def test_names_from_elsewhere(name, tokens):
    assert name_tokens(name) == tokens


@pytest.mark.parametrize(("fps", "codec"), list(itertools.product((24, 30, 60), ("h264", "h265"))))
def test_uploads_have_closed_groups_of_half_a_second_and_two_b_frames(tmp_path, fps, codec):
    av = pytest.importorskip("av")
    command = ffmpeg_command(
        Encoding("mp4", codec), (W, H), fps, tmp_path / "movie.mp4", imageio_ffmpeg.get_ffmpeg_exe()
    )
    frame = pictures()[0]  # moving slowly: no encoder sees a cut
    moving = b"".join(np.roll(frame // 4 + 90, shift, axis=1).tobytes() for shift in range(fps + 1))
    assert subprocess.run(command, input=moving, capture_output=True).returncode == 0
    with av.open(str(tmp_path / "movie.mp4")) as file:
        frames = [(picture.key_frame, "?IPB"[int(picture.pict_type)]) for picture in file.decode(video=0)]
    keys = [index for index, (key, _) in enumerate(frames) if key]
    assert keys == list(range(0, fps + 1, fps // 2))
    runs = re.findall("B+", "".join(kind for _, kind in frames))
    assert max(map(len, runs)) == 2
    for key in keys[1:]:  # closed: nothing before the key frame waits for it
        assert frames[key - 1][1] == "P"
