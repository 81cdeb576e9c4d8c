import dataclasses
import errno
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.film import picture as picture_module
from moviemaker.film.disk_errors import DiskFull
from moviemaker.film.picture import write_picture
from moviemaker.film.records import is_finished, remember
from moviemaker.film.store import FrameStore
from moviemaker.film.survey import survey

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")


def frame(index: int, height: int = 36, width: int = 64) -> np.ndarray:
    return np.random.default_rng(index).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture
def store(tmp_path: Path) -> FrameStore:
    return FrameStore(tmp_path / ".s_hd.frames", "s_hd", "A", tmp_path / ".s_hd.frames")


def with_fingerprint(store: FrameStore, fingerprint: str) -> FrameStore:
    return FrameStore(store.folder, store.stem, fingerprint, store.work)


def test_existing_frames_are_not_missing(store):
    with store.claim():
        assert store.missing(range(4)) == [0, 1, 2, 3]
        for index in (2, 0):
            assert store.put(index, frame(index)) == store.folder / f"s_hd_{index + 1:06d}.png"
        assert store.missing(range(4)) == [1, 3]
        assert (store.get(2) == frame(2)).all()
    with store.claim():
        assert store.missing(range(1, 3)) == [1]


def test_frames_of_16_bits_are_kept_as_those_of_8_are(store):
    fine = frame(3).astype(np.uint16) * 256 + 77
    with store.claim():
        data = store.put(3, fine).read_bytes()
        assert store.missing([3]) == []
        assert store.get(3).dtype == np.uint16
        assert (store.get(3) == fine).all()
        store.path(3).write_bytes(data[: len(data) // 2])
        assert store.missing([3]) == [3]
        assert store.put(3, fine).read_bytes() == data
        store.path(3).write_bytes(data[:500] + bytes(100) + data[600:])
        with pytest.raises(MoviemakerError, match="damaged"):
            store.get(3)


def test_a_store_knows_whether_it_has_all_frames_of_its_fingerprint(store):
    assert not store.has_all(range(2))
    with store.claim():
        store.put(0, frame(0))
        assert store.has_all(range(1))
        assert not store.has_all(range(2))
    assert not with_fingerprint(store, "B").has_all(range(1))


def test_a_sequence_folder_holds_frames_and_nothing_else(tmp_path):
    store = FrameStore(tmp_path / "s_dome", "s_dome", "A", tmp_path / ".s_dome.sequence")
    with store.claim():
        store.put(0, frame(0))
    assert [path.name for path in store.folder.iterdir()] == ["s_dome_000001.png"]


def test_frames_of_another_fingerprint_stay_until_their_new_ones_are_finished(store):
    with store.claim():
        first = store.put(0, frame(0)).read_bytes()
        store.put(1, frame(1))
    mine = store.folder / "s_hd_notes.png"
    mine.write_text("mine")
    changed = with_fingerprint(store, "B")
    with changed.claim():
        assert changed.missing(range(2)) == [0, 1]
        assert store.path(0).read_bytes() == first
        changed.put(1, frame(7))
        assert changed.missing(range(2)) == [0]
        assert not changed.has_all(range(2))
    with store.claim():  # the change is taken back
        assert store.missing(range(2)) == [1]
    assert mine.read_text() == "mine"


def test_frames_that_are_drawn_again_stay_until_then(store):
    with store.claim():
        first = store.put(0, frame(0))
        store.put(1, frame(1))
        before = first.stat().st_ino
        assert store.draw_again(range(3)) == 2
        assert store.missing(range(2)) == [0, 1]
        assert first.exists()
        assert store.put(0, frame(0)).stat().st_ino != before
        assert store.missing(range(2)) == [1]
    with store.claim():
        assert store.missing(range(2)) == [1]


def test_frames_know_what_they_were_made_from_when_all_else_is_lost(tmp_path):
    store = FrameStore(tmp_path / "s_dome", "s_dome", "A", tmp_path / ".s_dome.sequence")
    with store.claim():
        store.put(0, frame(0))
    shutil.rmtree(store.work)
    with store.claim():
        assert store.missing(range(2)) == [1]
        assert with_fingerprint(store, "B").missing(range(2)) == [0, 1]


def pillow(path: Path) -> None:
    Image.fromarray(frame(5)).save(path)


def edited(path: Path) -> None:
    """A frame that an editor has read and written again, with all of its text."""
    from PIL.PngImagePlugin import PngInfo

    write_picture(path, frame(0), made_from="A")
    with Image.open(path) as image:
        text = PngInfo()
        image.load()
        text.add_text("moviemaker", image.info["moviemaker"])
        image.point(lambda value: 255 - value).save(path, pnginfo=text)


def grafted(path: Path) -> None:
    """Another picture with the record of a frame."""
    recorded, plain = write_picture(path, frame(0), made_from="A").read_bytes(), write_picture(path, frame(0))
    length, other = plain.stat().st_size - 12, write_picture(path, frame(7)).read_bytes()  # 12: the chunk at the end
    path.write_bytes(other[:-12] + recorded[length:])


def with_more_behind(path: Path) -> None:
    path.write_bytes(write_picture(path, frame(0), made_from="A").read_bytes() + b"and a note")


def link(path: Path) -> None:
    target = path.with_name("elsewhere.png")
    write_picture(target, frame(0), made_from="A")
    path.symlink_to(target)


UNKNOWN = [
    pillow,
    edited,
    grafted,
    with_more_behind,
    link,
    lambda path: path.symlink_to("nowhere"),
    lambda path: path.mkdir(),
    lambda path: path.write_text("a text"),
    lambda path: write_picture(path, frame(0)),
]


@pytest.mark.parametrize("write", UNKNOWN)
def test_files_of_unknown_origin_in_a_sequence_are_left_alone_and_refused(tmp_path, write):
    store = FrameStore(tmp_path / "s_dome", "s_dome", "A", tmp_path / ".s_dome.sequence")
    with store.claim():
        store.put(0, frame(0))
        write(store.path(1))
        before = store.path(1).lstat()
        assert store.missing(range(2)) == [1]
        with pytest.raises(UserError, match=r"holds 1 file under the names .*s_dome_000002\.png.*move or delete it"):
            survey(store, range(2))
        with pytest.raises(UserError, match="no record of"):
            store.put(1, frame(1))
        found = survey(store, range(1))
        assert found.missing == ()
        assert "1 PNG file that this program has no record of (s_dome_000002.png)" in found.notes[0]
    assert store.path(1).lstat() == before
    # In the hidden folder everything is this program's own.
    hidden = FrameStore(tmp_path / "hidden", "s", "A", tmp_path / "hidden")
    with hidden.claim():
        write(hidden.path(1))
        assert survey(hidden, range(2)).missing == (0, 1)
        if not hidden.path(1).is_dir():
            hidden.put(1, frame(1))
            assert hidden.missing(range(2)) == [0]


def test_what_a_crash_leaves_is_drawn_again(tmp_path):
    store = FrameStore(tmp_path / "s_dome", "s_dome", "A", tmp_path / ".s_dome.sequence")
    with store.claim():
        data = store.put(0, frame(0)).read_bytes()
        for remains in (b"", bytes(len(data)), data[:60] + bytes(2000), data[:-1], data[: len(data) // 2]):
            store.path(0).write_bytes(remains)
            assert survey(store, range(1)).missing == (0,)
            assert store.put(0, frame(0)).read_bytes() == data


@pytest.mark.parametrize("delivers", [True, False])
def test_a_flipped_bit_anywhere_in_a_frame_is_found(tmp_path, delivers):
    work = tmp_path / ".s.frames"
    store = FrameStore(tmp_path / "s_dome" if delivers else work, "s_dome", "A", work)
    with store.claim():
        data = store.put(0, frame(0)).read_bytes()
        assert store.is_sound(0)
        chance = np.random.default_rng(1)
        ends = [*range(0, 60, 3), *range(len(data) - 100, len(data), 3)]
        for at in (*ends, *chance.integers(0, len(data), 30)):
            broken = bytearray(data)
            broken[at] ^= 1 << chance.integers(8)
            store.path(0).write_bytes(broken)
            missing = survey(store, range(1)).missing
            assert missing == (0,) or not store.is_sound(0), at
            store.discard(set(range(1)) - set(missing))
            assert store.put(0, frame(0)).read_bytes() == data
        for length in range(0, len(data), 197):
            store.path(0).write_bytes(data[:length])
            assert survey(store, range(1)).missing == (0,), length
            assert not store.is_sound(0)


def test_notes_say_what_becomes_of_frames_before_any_is_drawn(tmp_path):
    made = (("scene", "1"), ("data", "1"))
    store = FrameStore(tmp_path / "s_dome", "s_dome", "A", tmp_path / ".s_dome.sequence", made_from=made)
    with store.claim():
        [store.put(index, frame(index)) for index in range(20)]
    changed = dataclasses.replace(store, fingerprint="B", made_from=(("scene", "2"), ("data", "1")))
    with changed.claim():
        assert survey(changed, range(1)).notes == (
            "the scene has changed since these frames were drawn: 1 frame is drawn again; it stays until its new one "
            "is finished",
            f"{store.folder} also holds 19 frames of another scene, data or program (s_dome_000002.png to "
            "s_dome_000020.png): they stay as they are",
        )
        assert survey(changed, range(20)).notes == (
            "the scene has changed since these frames were drawn: 20 frames are drawn again; each stays until its new "
            "one is finished",
        )
        changed.put(0, frame(1))
        assert survey(changed, range(1), again=range(1)).notes[0] == (
            "--restart: 1 frame is drawn again although it is finished; it stays until its new one is finished"
        )
    shutil.rmtree(store.work)
    with changed.claim():
        assert (
            survey(changed, range(1, 20))
            .notes[0]
            .startswith("these frames were made from something else: 19 frames are drawn again")
        )


@UNIX
def test_nothing_is_written_through_planted_links(tmp_path):
    (tmp_path / "work").mkdir()
    store = FrameStore(tmp_path / "work", "s", "A", tmp_path / "work", made_from=(("scene", "1"),))
    for name in ("fingerprint", "made_from.json", "again.json", "s_000001.png", "s.mp4.json"):
        (tmp_path / f"target of {name}").write_text("precious")
        (store.work / name).symlink_to(tmp_path / f"target of {name}")
    with store.claim():
        store.put(0, frame(0))
        store.draw_again(range(1))
        movie = tmp_path / "s.mp4"
        movie.write_text("movie")
        remember(store.work, movie, "key")
        assert is_finished(store.work, movie, "key")
    assert {path.read_text() for path in tmp_path.glob("target of *")} == {"precious"}
    assert not [path for path in store.work.iterdir() if path.is_symlink()]


@UNIX
def test_a_link_in_place_of_the_hidden_folder_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".s").symlink_to(tmp_path / "elsewhere")
    for work in (tmp_path / ".s", tmp_path / ".s" / "L"):
        store = FrameStore(tmp_path / "s_dome", "s", "A", work)
        with pytest.raises(UserError, match=r"\.s is a link.*delete the link"), store.claim():
            pass
    assert not list((tmp_path / "elsewhere").iterdir())


@UNIX
def test_pipes_in_the_hidden_folder_do_not_stop_a_run(tmp_path):
    store = FrameStore(tmp_path, "s", "A", tmp_path)
    (tmp_path / "claims").mkdir()
    for name in ("claims/x.claim", "fingerprint", "made_from.json", "again.json", "s_000001.png"):
        os.mkfifo(tmp_path / name)
    with store.claim():
        assert store.missing(range(1)) == [0]
        store.put(0, frame(0))
        assert store.missing(range(1)) == []


def test_numbers_of_frames_beyond_those_that_exist_are_not_frames(store):
    with store.claim():
        store.put(0, frame(0))
        for name in ("s_hd_0000002.png", "s_hd_000000.png", "s_hd_00001.png", "s_hd_x.png"):
            (store.folder / name).write_text("other")
        assert store.indices() == [0]


def test_workers_of_a_killed_run_cannot_put_frames_of_the_old_scene(store):
    with store.claim():
        pass
    with with_fingerprint(store, "B").claim(), pytest.raises(MoviemakerError, match="belongs to a newer run"):
        store.put(0, frame(0))
    assert not store.path(0).exists()


def test_an_existing_frame_is_never_written_again(store):
    with store.claim():
        before = store.put(0, frame(0)).stat()
        after = store.put(0, frame(1)).stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_truncated_frame_is_missing_and_a_damaged_one_is_removed(store):
    with store.claim():
        data = store.put(0, frame(0)).read_bytes()
        store.path(0).write_bytes(data[: len(data) // 2])
        assert store.missing([0]) == [0]
        store.put(0, frame(0))
        assert store.path(0).read_bytes() == data
        store.path(0).write_bytes(data[:500] + bytes(100) + data[600:])
        with pytest.raises(MoviemakerError, match=r"damaged.*has been removed; give the same command again"):
            store.get(0)
        assert store.missing([0]) == [0]
        with pytest.raises(MoviemakerError, match="cannot read the frame"):
            store.get(0)


def test_leftovers_of_killed_runs_are_swept_only_under_the_claim(store):
    with store.claim():
        pass
    leftover = store.folder / ".s_hd_000001.png.12345678.partial"
    leftover.write_text("half")
    store.put(1, frame(1))
    assert leftover.exists()
    with store.claim():
        assert not leftover.exists()
        assert store.missing([1]) == []


def test_a_full_disk_says_how_much_to_free_and_what_is_kept(store, monkeypatch):
    planned = FrameStore(store.folder, store.stem, store.fingerprint, store.work, planned=1_000_000)
    with planned.claim():
        planned.put(0, frame(0))

        def full(*_: object) -> bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(picture_module, "_png", full)
        with pytest.raises(DiskFull, match=r"free \d+ MB and give the same command again: 1 frames are kept") as caught:
            planned.put(1, frame(1))
        assert caught.value.exit_status == 1
        assert "1 frames" in str(pickle.loads(pickle.dumps(caught.value)))  # workers send it home
    assert [path.name for path in store.folder.glob(".*.partial")] == []


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", folder], capture_output=True)
    except OSError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip("no right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_real_full_disk(small_disk):
    store = FrameStore(small_disk / "f", "s", "A", small_disk / "f", planned=100)
    with store.claim():
        with pytest.raises(DiskFull, match="frames are kept"):
            [store.put(index, frame(index)) for index in range(100)]
        kept = 100 - len(store.missing(range(100)))
    assert kept > 3
    assert all((store.get(index) == frame(index)).all() for index in range(kept))
    assert not list(store.folder.glob(".*.partial"))


def test_a_file_in_place_of_the_folder_is_a_user_error(tmp_path):
    (tmp_path / "out").write_text("")
    store = FrameStore(tmp_path / "out" / "s", "s", "A", tmp_path / "out" / "s")
    with pytest.raises(UserError, match="is a file, not a folder"), store.claim():
        pass


@UNIX
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_a_user_error(tmp_path):
    tmp_path.chmod(0o500)
    store = FrameStore(tmp_path / "s", "s", "A", tmp_path / "s")
    with pytest.raises(UserError, match="no permission"), store.claim():
        pass
