import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import spherical_readers
from spherical_readers import PAIRS, TOP_BOTTOM, VR180, H, N, W, ffmpeg, pictures

from moviemaker.core.errors import UserError
from moviemaker.film.containers.embed import embed
from moviemaker.film.containers.spherical import Reading
from moviemaker.film.encode import encode
from moviemaker.film.inspect.compatibility import Verdict, contradictions, picture_layout, verdicts
from moviemaker.film.inspect.probe import Facts, gather
from moviemaker.film.inspect.report import inspect
from moviemaker.film.layout import PictureLayout
from moviemaker.film.picture import write_picture
from moviemaker.film.settings import Encoding

plain = spherical_readers.plain  # a fixture

TITLES = {"h264": "H.264", "h265": "H.265", "av1": "AV1", "vp9": "VP9", "prores": "ProRes", "ffv1": "FFV1"}
CONTAINERS = {"mp4": "MP4", "mov": "MOV", "mkv": "Matroska", "webm": "WebM"}
V1_AND_V2 = (Reading("V1", "equirectangular", "top-bottom"), Reading("V2", "equirectangular", "top-bottom"))
UPLOAD = Facts(
    "scene_vr_360_TB.mp4",
    "MP4",
    "H.265",
    "hvc1",
    size=(8192, 8192),
    fps=Fraction(30),
    duration=Fraction(12),
    frames=360,
    readings=V1_AND_V2,
    index_first=True,
)
VR180_READING = Reading("V2", "half-equirectangular", "left-right")
VR180_UPLOAD = replace(UPLOAD, name="scene_vr_180_LR.mp4", size=(8192, 4096), readings=(VR180_READING,))


def verdict(facts: Facts, audience: str) -> Verdict:
    return next(one for one in verdicts(facts) if one.audience == audience)


def objections(facts: Facts, audience: str) -> str:
    return "\n".join(f"{what}; {instead}" for what, instead in verdict(facts, audience).objections)


def advice(facts: Facts, audience: str) -> str:
    return "\n".join(f"{what}; {instead}" for what, instead in verdict(facts, audience).advice)


def named(movie: Path, suffix: str) -> Path:
    return movie.rename(movie.with_name(f"scene_main{suffix}{movie.suffix}"))


@pytest.mark.parametrize(("container", "codec"), PAIRS)
@pytest.mark.parametrize("layout", [PictureLayout(), TOP_BOTTOM, VR180, PictureLayout("cubemap")], ids=str)
def test_written_metadata_are_found_without_contradictions(plain, tmp_path, layout, container, codec):
    movie = tmp_path / f"scene_main{layout.name_suffix}.{container}"
    movie.write_bytes(plain[container, codec].read_bytes())
    embed(movie, layout)
    found = inspect(movie)
    facts = found.facts
    assert (facts.container, facts.codec) == (CONTAINERS[container], TITLES[codec])
    assert (facts.size, facts.fps) == ((W, H), 30)
    assert float(facts.duration) == pytest.approx(N / 30, abs=0.0011)  # Matroska counts in milliseconds
    assert found.layout == layout
    sources = {"mp4": ["V2"], "mov": ["V2"]}.get(container, ["Matroska"])
    sources = ["V1", *sources] if layout.projection == "equirectangular" else sources
    if facts.tag == "hvc1" and layout.projection != "cubemap":
        sources.append("Apple")
    assert [reading.source for reading in facts.readings] == ([] if layout == PictureLayout() else sources)
    if layout != PictureLayout("cubemap"):  # of the wrong ratio here
        assert not found.contradicts, found
    if container in ("mp4", "mov"):
        assert facts.frames == N
        assert facts.index_first
        assert not facts.edit_list


def test_the_text_of_an_inspection(plain, tmp_path):
    movie = tmp_path / "scene_vr_360_TB.mp4"
    movie.write_bytes(plain["mp4", "h265"].read_bytes())
    embed(movie, TOP_BOTTOM)
    assert str(inspect(movie)).splitlines() == [
        "scene_vr_360_TB.mp4: H.265 (hvc1) in MP4, 128 x 64, 30 frames per second, 0.2 s, 6 frames",
        "  picture: equirectangular, 360 x 180 degrees; two eyes, the left on top",
        "  metadata: " + "; ".join(f"{source}: equirectangular, top-bottom" for source in ("V1", "V2", "Apple")),
        "  YouTube 360: yes",
        "    advice: 128 x 64 looks soft in a headset; YouTube suggests 5120 x 5120 to 8192 x 8192",
        "  YouTube VR180: no",
        "    the picture is equirectangular; render with lens: vr180",
        "  headset players: yes",
        "  domes: no",
        "    the picture is equirectangular; render with lens: domemaster",
    ]


@pytest.mark.parametrize(
    ("layout", "suffix", "said"),
    [
        (
            TOP_BOTTOM,
            "_360_LR",
            "its name says left-right and its metadata say top-bottom; let its name end in _360_TB.mp4",
        ),
        (TOP_BOTTOM, "_180_TB", "its name says half-equirectangular and its metadata say equirectangular"),
        (
            PictureLayout("rectangular", "top-bottom"),
            "_360_TB",
            "its name says equirectangular and its metadata say rect",
        ),
        (PictureLayout(), "_360", None),  # 128 x 64 is 2:1, and nothing else contradicts
        (PictureLayout(), "_180", "a half-equirectangular picture is 1:1, and this one is 2:1"),
        (PictureLayout("cubemap"), "", "cubemap picture is 1.5:1, and this one is 2:1"),
        (VR180, "", None),
    ],
)
def test_files_that_contradict_themselves(plain, tmp_path, layout, suffix, said):
    movie = tmp_path / f"scene_main{suffix}.mp4"
    movie.write_bytes(plain["mp4", "h264"].read_bytes())
    embed(movie, layout)
    found = inspect(movie)
    assert found.contradicts == (said is not None)
    if said:
        assert said in str(found)


def test_a_name_of_another_container(plain, tmp_path):
    movie = tmp_path / "movie.mp4"
    movie.write_bytes(plain["mkv", "h264"].read_bytes())
    assert "it is named .mp4 and is Matroska; name it .mkv" in str(inspect(movie))
    assert inspect(movie).contradicts


def test_metadata_that_disagree():
    wrong = replace(UPLOAD, readings=(Reading("V1", "equirectangular"), V1_AND_V2[1]))
    ((what, _),) = contradictions(wrong)
    assert what == "its metadata disagree: V1: equirectangular, mono; V2: equirectangular, top-bottom"
    assert picture_layout(wrong) == TOP_BOTTOM  # V2 wins
    # StereoMode of Matroska says nothing of the projection, and the V1 tag does: how ffmpeg's users write it.
    together = (Reading("V1", "equirectangular", "top-bottom"), Reading("Matroska", None, "top-bottom"))
    facts = replace(UPLOAD, name="a_360_TB.mkv", container="Matroska", readings=together)
    assert contradictions(facts) == ()
    assert picture_layout(facts) == TOP_BOTTOM


@pytest.mark.parametrize(
    ("size", "layout", "fits"),
    [
        ((4096, 2048), PictureLayout("equirectangular"), True),
        ((3840, 2160), PictureLayout("equirectangular"), False),
        ((4096, 4096), TOP_BOTTOM, True),
        ((4096, 2048), TOP_BOTTOM, True),  # each eye squeezed to half its height
        ((3840, 1080), TOP_BOTTOM, False),
        ((4096, 2048), VR180, True),
        ((4096, 1024), VR180, False),
        ((1538, 1026), PictureLayout("cubemap"), True),
        ((1920, 800), PictureLayout("rectangular", "left-right"), True),
    ],
)
def test_ratios(size, layout, fits):
    facts = replace(UPLOAD, name="a.mp4", size=size, readings=(Reading("V2", layout.projection, layout.stereo),))
    assert (contradictions(facts) == ()) == fits


def test_a_perfect_upload():
    assert verdict(UPLOAD, "YouTube 360") == Verdict("YouTube 360", (), ())
    assert verdict(UPLOAD, "headset players") == Verdict("headset players", (), ())
    assert verdict(VR180_UPLOAD, "YouTube VR180") == Verdict("YouTube VR180", (), ())
    assert contradictions(UPLOAD) == contradictions(VR180_UPLOAD) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"readings": ()}, "only its name says that it is 360 degrees"),
        (
            {"readings": (Reading("V2", "equirectangular", "left-right"),)},
            "only from top-bottom; use packing: top-bottom",
        ),
        ({"readings": (Reading("V2", "cubemap"),)}, "the picture is cubemap; render with lens: equirectangular"),
        ({"readings": (), "name": "flat.mp4"}, "the picture is flat; render with lens: equirectangular"),
        ({"fragmented": True}, "its index is in pieces"),
        ({"container": "GIF"}, "GIF cannot carry the metadata"),
    ],
)
def test_objections_of_youtube_360(change, said):
    assert said in objections(replace(UPLOAD, **change), "YouTube 360")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fps": Fraction(20)}, "20 frames per second are not YouTube's; render with fps of 24, 25, 30, 48, 50, 60"),
        ({"edit_list": True}, "it has an edit list"),
        ({"index_first": False}, "its index is behind the pictures"),
        ({"size": (2048, 2048)}, "2048 x 2048 looks soft in a headset"),
        ({"size": (16384, 16384)}, "8192 x 8192 is enough"),
    ],
)
def test_advice_for_youtube_360(change, said):
    assert said in advice(replace(UPLOAD, **change), "YouTube 360")


def test_rates_of_television_are_youtubes():
    assert advice(replace(UPLOAD, fps=Fraction(30000, 1001)), "YouTube 360") == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"readings": ()}, "it has no V2 metadata"),
        ({"readings": (VR180_READING, Reading("V1", "equirectangular", "left-right"))}, "its V1 metadata say 360"),
        ({"readings": (Reading("V2", "half-equirectangular", "top-bottom"),)}, "VR180 is left-right"),
        ({"readings": V1_AND_V2}, "render with lens: vr180"),
    ],
)
def test_objections_of_youtube_vr180(change, said):
    assert said in objections(replace(VR180_UPLOAD, **change), "YouTube VR180")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "scene.mp4"}, "players that go by the name look for 360 and TB; name it scene_360_TB.mp4"),
        ({"name": "scene_360.mp4"}, "look for TB"),
        ({"name": "scene_TB.mp4"}, "look for 360"),
        ({"codec": "ProRes"}, "headsets do not play ProRes; render with codec: h265"),
        ({"codec": "H.264"}, "headsets decode H.264 up to 4096 pixels, not 8192 x 8192"),
        ({"tag": "hev1"}, "Apple's players show no picture"),
        ({"size": (16384, 16384)}, "headsets decode up to 8192 pixels"),
        ({"readings": (Reading("V2", "cubemap"),), "name": "a.mp4"}, "few players show a cubemap"),
    ],
)
def test_objections_of_headset_players(change, said):
    assert said in objections(replace(UPLOAD, **change), "headset players")


def test_domes():
    dome = Facts("scene_dome", "PNG sequence", "PNG", size=(4096, 4096), frames=300)
    assert verdicts(dome) == (Verdict("domes", (), ()),)
    assert "a dome master is square, and this is 1920 x 1080" in objections(replace(dome, size=(1920, 1080)), "domes")
    assert "1000 pixels are not in the dome master list" in advice(replace(dome, size=(1000, 1000)), "domes")
    assert "render with format: png" in advice(replace(dome, container="MP4", fps=Fraction(30)), "domes")
    assert "best at 30 or 60" in advice(replace(dome, container="MP4", fps=Fraction(25)), "domes")
    assert "50 frames per second are not in" in advice(replace(dome, container="MP4", fps=Fraction(50)), "domes")
    assert "render with lens: domemaster" in objections(UPLOAD, "domes")
    both = replace(dome, container="MP4", readings=(Reading("V2", None, "left-right"),))
    assert "use packing: separate" in objections(both, "domes")


def sequence(folder: Path, numbers: range, size: int = 64) -> Path:
    for number in numbers:
        write_picture(folder / f"scene_dome_{number:06d}.png", np.zeros((size, size, 3), np.uint8))
    return folder


def test_a_sequence(tmp_path):
    found = inspect(sequence(tmp_path / "dome", range(1, 6)))
    assert not found.contradicts
    assert str(found).splitlines()[0] == "dome: PNG in PNG sequence, 64 x 64, 5 frames"
    assert "flat, or a dome's circle" in str(found)


@pytest.mark.parametrize(
    ("hurt", "said"),
    [
        (lambda folder: (folder / "scene_dome_000003.png").unlink(), "frame 3 is missing"),
        (lambda folder: sequence(folder, range(9, 10)), "frames 6 to 8 are missing"),
        (lambda folder: sequence(folder, range(6, 7), 32), "is 32 x 32, others are 64 x 64"),
        (lambda folder: (folder / "scene_dome_000005.png").write_bytes(b"\x89PNG"), "not a whole PNG picture"),
    ],
)
def test_an_incomplete_sequence(tmp_path, hurt, said):
    folder = sequence(tmp_path / "dome", range(1, 6))
    hurt(folder)
    found = inspect(folder)
    assert found.contradicts
    assert said in str(found)


def test_sequences_for_each_eye(tmp_path):
    for eye in "LR":
        sequence(tmp_path / eye, range(1, 4))
    assert not inspect(tmp_path).contradicts
    sequence(tmp_path / "R", range(4, 5))
    assert "the folders L and R do not hold the same frames" in str(inspect(tmp_path))


def test_ffmpeg_reads_other_containers(tmp_path):
    source = ["-f", "lavfi", "-i", "testsrc=s=128x64:r=25:d=1"]
    for name, arguments in {
        "a.gif": [],
        "a.avi": ["-c:v", "mpeg4"],
        "piped.mkv": ["-c:v", "libx264"],
        "frag.mp4": ["-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov"],
    }.items():
        movie = tmp_path / name
        if name == "piped.mkv":
            movie.write_bytes(ffmpeg(*source, *arguments, "-f", "matroska", "-").stdout)
        else:
            ffmpeg(*source, *arguments, movie)
        facts = gather(movie)
        assert facts.size == (128, 64), name
        assert facts.fps == 25
        assert facts.fragmented == (name == "frag.mp4")
        assert not inspect(movie).contradicts


def test_metadata_of_other_programs(plain, tmp_path):
    """A mesh, a cropped picture, and swapped eyes: not layouts of this program, and reported as they are."""
    movie = tmp_path / "movie.mp4"
    movie.write_bytes(plain["mp4", "h264"].read_bytes())
    embed(movie, VR180)
    whole = movie.read_bytes()
    changes = {
        "V2: mesh, left-right": (b"equi", b"mshp"),
        "V2: half-equirectangular, right-left": (b"st3d\0\0\0\0\x02", b"st3d\0\0\0\0\x04"),
        "V2: cropped equirectangular, left-right": (
            struct.pack(">2I", 0x3FFFFFFF, 0x3FFFFFFF),
            struct.pack(">2I", 9, 9),
        ),
    }
    for said, (old, new) in changes.items():
        assert whole.count(old) == 1
        movie.write_bytes(whole.replace(old, new))
        assert said in str(inspect(movie))


def test_files_that_are_not_movies(tmp_path, plain):
    small = plain["mp4", "h264"].read_bytes()
    noise = np.random.default_rng(2)
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.1", tmp_path / "sound.m4a")
    bad = {
        "empty.mp4": b"",
        "zeros.mp4": bytes(5000),
        "text.txt": b"this is not a movie at all\n" * 50,
        "list.m3u8": f"#EXTM3U\n#EXTINF:1\n{plain['mp4', 'h264']}\n".encode(),
        "noise.mp4": noise.bytes(5000),
        "cut.mp4": small[: len(small) // 2],
        "cut.webm": plain["webm", "vp9"].read_bytes()[:300],
        "sound.m4a": (tmp_path / "sound.m4a").read_bytes(),
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UserError, match=name):
            inspect(tmp_path / name)
    (tmp_path / "nothing").mkdir()
    for name in ("missing.mp4", "nothing"):
        with pytest.raises(UserError, match=name):
            inspect(tmp_path / name)


@pytest.mark.parametrize("pair", [("mp4", "h265"), ("mkv", "h264")])
def test_damage_is_a_user_error_or_harmless(tmp_path, plain, pair, monkeypatch):
    movie = tmp_path / f"movie.{pair[0]}"
    movie.write_bytes(plain[pair].read_bytes())
    embed(movie, TOP_BOTTOM)
    whole, noise = movie.read_bytes(), np.random.default_rng(4)
    monkeypatch.setattr(
        "moviemaker.film.inspect.probe._completed_by_ffmpeg", lambda path, facts: facts
    )  # ffmpeg takes its time
    end = whole.index(b"mdat") if pair[0] == "mp4" else whole.index(b"\x1f\x43\xb6\x75")
    refused = 0
    for _ in range(300):
        broken = bytearray(whole)
        for place in noise.integers(0, end, 3):
            broken[place] = noise.integers(0, 256)
        movie.write_bytes(broken)
        try:
            str(inspect(movie))
        except UserError:
            refused += 1
    assert 0 < refused < 300


def test_a_gif(tmp_path):
    movie = encode(pictures(), Encoding("gif", None), (W, H), 10, tmp_path / "a.gif")
    found = inspect(movie)
    assert (found.facts.container, found.facts.codec) == ("GIF", "GIF")
    assert "picture: flat; one eye, by its name and size alone" in str(found)
