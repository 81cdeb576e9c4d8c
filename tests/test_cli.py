"""The command line: results on standard output, everything else on standard error, and the exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.film.picture import read_picture

SCENE = """\
duration: 0.4
fps: 10
data: {g: {kind: grid, file: g.npy}}
layers:
  - {kind: volume, data: g}
camera: {orbit: {center: g, radius: 20}}
outputs:
  hd: {lens: perspective, size: [64, 48]}
  frames: {lens: perspective, size: [40, 30], format: png}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scene and its data, in which the command runs."""
    np.save(tmp_path / "g.npy", np.random.default_rng(1).random((8, 8, 8), dtype=np.float32))
    (tmp_path / "s.yaml").write_text(SCENE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Ran:
    """A command that has run in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: str):
        self.status = main(list(words))
        self.out, self.err = capsys.readouterr()


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda *words: Ran(capsys, *words)


def test_render_prints_the_paths_of_finished_files_and_nothing_else(run):
    done = run("render", "s.yaml", "--scale", "0.5", "--out", "films")
    assert done.status == 0
    assert done.out == "films/s/s_hd_32x24.mp4\nfilms/s/s_frames_20x15\n"
    assert Path("films/s/s_hd_32x24.mp4").stat().st_size > 500
    assert len(list(Path("films/s/s_frames_20x15").glob("s_frames_20x15_00000*.png"))) == 4
    assert "hd: rendering: 100% (4 of 4 frames" in done.err
    again = run("render", "s.yaml", "--scale", "0.5", "--out", "films", "--output", "hd", "--output", "hd")
    assert again.out == "films/s/s_hd_32x24.mp4\n"
    assert "hd: 4 of 4 frames are finished already" in again.err


def test_some_frames(run):
    done = run("render", "s.yaml", "--output", "frames", "--frames", "1:3")
    assert done.out == "outputs/s/s_frames\n"
    assert sorted(path.name for path in Path("outputs/s/s_frames").iterdir() if not path.name.startswith(".")) == [
        "s_frames_000002.png",
        "s_frames_000003.png",
    ]


def test_still(run):
    done = run("still", "s.yaml", "--time", "0.2", "-o", "a.png", "--output", "frames", "--scale", "2")
    assert (done.status, done.out, done.err) == (0, "a.png\n", "")
    picture = read_picture(Path("a.png"))
    assert picture.shape == (60, 80, 3)
    assert picture.any()


def test_storyboard(run):
    done = run("storyboard", "s.yaml", "-o", "sheet.png", "--output", "frames", "--pictures", "3")
    assert (done.status, done.out) == (0, "sheet.png\n")
    assert "frames: 100% (3 of 3 pictures" in done.err
    assert read_picture(Path("sheet.png")).shape[1] > 3 * 40
    refused = run("storyboard", "s.yaml", "-o", "none.png", "--pictures", "0")
    assert refused.status == 2
    assert "shows nothing" in refused.err
    assert not Path("none.png").exists()


def test_check(run):
    done = run("check", "s.yaml")
    assert (done.status, done.err) == (0, "")
    first, *rest = done.out.splitlines()
    assert first == "s.yaml: no mistakes"
    assert rest.pop().startswith("  times: a guess, since this machine has drawn nothing yet; `check --measure` draws")
    for line, name, size in zip(rest, ("hd", "frames"), ("64 x 48, mp4", "40 x 30, png"), strict=True):
        pattern = rf"  {name}: 4 frames of {size}: \d+ (s|min) to \d+ (s|min), \d+ MB of memory, \d+ MB of disk"
        assert re.fullmatch(pattern, line), line


def test_check_estimates_what_is_asked_for(run):
    done = run("check", "s.yaml", "--output", "hd", "--frames", "1:3", "--scale", "0.5", "--workers", "2")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[1].startswith("  hd: 2 frames of 32 x 24, mp4: ")
    assert len(done.out.splitlines()) == 3
    for words, part in (
        (("--output", "none"), "no such output"),
        (("--frames", "3:9"), "no such frames"),
        (("--workers", "0"), "0 workers cannot render"),
    ):
        refused = run("check", "s.yaml", *words)
        assert (refused.status, refused.out) == (2, "")
        assert part in refused.err


def test_check_follows_from_what_was_drawn_here(run, monkeypatch, tmp_path):
    kept = tmp_path / "speed" / "machine.jsonl"
    monkeypatch.setattr("moviemaker.rendering.speed.kept_file", lambda: kept)
    monkeypatch.setattr("moviemaker.rendering.learning._LEAST", 0.0)
    monkeypatch.setattr("moviemaker.rendering.learning._SHORT", 1000.0)
    text = SCENE.replace("0.4", "1.0")
    for name in ("s.yaml", "other.yaml"):
        Path(name).write_text(text)
    assert run("render", "s.yaml", "--output", "hd", "--workers", "1").status == 0
    line = json.loads(kept.read_text())
    assert (line["scene"], line["output"]) == (str(tmp_path.resolve() / "s.yaml"), "hd")
    hd, frames, basis = run("check", "s.yaml").out.splitlines()[1:]
    assert "mp4: about " in hd
    assert " to " in frames
    assert basis.startswith("  times of frames: as others took on this machine; `check --measure` draws")
    assert run("check", "other.yaml").out.splitlines()[-1].startswith("  times: as others took on this machine")
    measured = run("check", "other.yaml", "--measure", "--output", "frames").out
    assert "png: about " in measured
    assert measured.endswith("  times: as frames of this scene took on this machine\n")
    assert [json.loads(line)["size"] for line in kept.read_text().splitlines()] == [[64, 48], [20, 15], [40, 30]]


def test_an_estimate_counts_what_fades_in_later(run):
    np.save("g.npy", np.ones((64, 64, 64), np.float32))
    long = SCENE.replace("duration: 0.4", "duration: 3600").replace("[64, 48]", "[640, 480]")
    said = []
    for opacity in ("1", "{0: 0, 2: 1}"):
        Path("s.yaml").write_text(long.replace("data: g}", f"data: g, opacity: {opacity}}}"))
        said.append(float(re.search(r"mp4: ([\d.]+) (min|h) to", run("check", "s.yaml").out)[1]))
    assert said[1] == pytest.approx(said[0], rel=0.1)


def memory(line: str) -> float:
    number, unit = re.search(r", ([\d.]+) ([MG])B of memory", line).groups()
    return float(number) * {"M": 1, "G": 1000}[unit]


def test_an_estimate_is_of_the_busiest_time(run):
    """Particles may be born late, and trails are empty at first."""
    position = np.random.default_rng(0).normal(size=(3, 20_000, 3))
    np.savez("early.npz", position=position, time=[0.0, 1, 2])
    np.savez("late_0.npz", position=position[0, :1], id=[0])
    for step in (1, 2):
        np.savez(f"late_{step}.npz", position=position[step], id=np.arange(20_000))
    long = SCENE.replace("duration: 0.4", "duration: 3600").replace("center: g, ", "")
    said = {}
    for name, file, layer in (
        ("early", "early.npz", "points"),
        ("late", "late_*.npz", "points"),
        ("none", "early.npz", "points, visible: false"),
        ("trails", "early.npz", "trails"),
    ):
        text = long.replace("grid, file: g.npy", f"particles, interpolation: hold, file: '{file}'")
        Path("s.yaml").write_text(text.replace("kind: volume", f"kind: {layer}"))
        said[name] = run("check", "s.yaml").out
    early, late, none, trails = (memory(text.splitlines()[1]) for text in said.values())
    assert early == late == none  # what is hidden may be shown later
    assert trails > late + 3 * 20_000 * 60 * 36 / 1e6


def test_an_estimate_knows_that_plates_of_16_bits_are_large(run):
    for bits in (8, 16):
        text = SCENE.replace("[40, 30], format: png", f"[2000, 1500], format: png, bits: {bits}")
        Path(f"s{bits}.yaml").write_text(text)
    small, large = (memory(run("check", f"s{bits}.yaml").out.splitlines()[2]) for bits in (8, 16))
    assert large > small + 800


def test_warnings_are_those_of_the_outputs_that_are_drawn(run):
    np.savez("p.npz", position=np.zeros((1, 3)))
    text = SCENE.replace("g: {kind: grid, file: g.npy}", "p: {kind: particles, file: p.npz}")
    text = text.replace("center: g, radius: 20", "radius: 20, azimuth: {0: 0, 0.4: 90}").replace(
        "volume, data: g", "points, data: p, size: 4"
    )
    around = "  a: {lens: equirectangular, size: [64, 32]}\n  b: {lens: cubemap, size: [48, 32]}\n"
    Path("s.yaml").write_text(text + around)
    in_both = run("check", "s.yaml").err
    assert in_both.startswith("warning: s.yaml:10: outputs.a, outputs.b: the camera turns faster")
    in_one = run("still", "s.yaml", "--time", "0", "-o", "a.png", "--output", "b").err
    assert in_one == in_both.replace("10: outputs.a, ", "11: ")
    assert run("still", "s.yaml", "--time", "0", "-o", "a.png").err == ""
    assert "warning" not in run("render", "s.yaml", "--output", "frames", "--frames", "0:1").err


def test_info_describes_a_file_in_comments_above_a_scene_that_shows_it(run):
    stars = {"position": np.eye(3), "mass": np.array([1.0, 2.0, np.nan]), "none": np.full(3, np.nan)}
    np.savez("stars.npz", **stars, time=3.0)
    for file, *expected in (
        ("g.npy", "# g.npy: a grid", "#   bounds: x 0 to 7, y 0 to 7, z 0 to 7", "value  8 x 8 x 8 float32, 0."),
        ("stars.npz", "# stars.npz: particles", "one, nothing moves", "mass      3 float64, 1 to 2", "no finite value"),
    ):
        done = run("info", file)
        assert (done.status, done.err) == (0, "")
        for part in expected:
            assert part in done.out
        Path("found.yaml").write_text(done.out)
        checked = run("check", "found.yaml")
        assert checked.status == 0, checked.err


def test_info_of_a_series(run):
    np.savez("s.npz", density=np.ones((3, 4, 4, 4)), time=[0.0, 1.5, 4.0])
    assert "#   times:  3, from 0 to 4\n" in run("info", "s.npz").out


def test_info_of_files_without_data(run):
    done = run("info", "g.npz")
    assert (done.status, done.out) == (2, "")
    assert done.err == "no such file 'g.npz'; did you mean 'g.npy'?\n"


def test_new(run):
    done = run("new", "mine.yaml")
    assert (done.status, done.out, done.err) == (0, "mine.yaml\n", "")
    assert run("check", "mine.yaml").out.startswith("mine.yaml: no mistakes\n")
    refused = run("new", "mine.yaml")
    assert (refused.status, refused.out) == (2, "")
    assert "--force" in refused.err
    assert run("new", "mine.yaml", "--force").status == 0


def test_schema(run):
    done = run("schema")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["title"] == "A moviemaker scene"


def test_help_lists_the_commands(run):
    done = run("--help")
    assert done.status == 0
    for command in ("render", "still", "storyboard", "check", "info", "inspect", "tag", "new", "schema"):
        assert re.search(rf"\b{command}\b", done.out)
    assert "--debug" in done.out
    assert "--frames" in run("render", "--help").out


def test_version(run):
    assert run("--version").out == f"{mm.__version__}\n"


def test_python_m_does_the_same(folder):
    def start(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*words, "check", "s.yaml"], capture_output=True, text=True, check=True)

    script = Path(sys.executable).with_name("moviemaker")
    if not script.exists():
        pytest.skip("the package is not installed")
    # The estimate follows from how long the data took to open.
    said = {
        re.sub(r"\d+ (s|min)\b", "", start(*how).stdout)
        for how in ([sys.executable, "-m", "moviemaker"], [str(script)])
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["render", "s.yaml", "--output", "hdd"], "no such output 'hdd'; did you mean 'hd'?"),
        (
            ["still", "s.yaml", "--time", "0", "-o", "a.png", "--output", "4k"],
            "no such output '4k'; the",
        ),
        (["render", "s.yaml", "--frames", "0:0"], "--frames 0:0: no such frames; write A:B"),
        (["render", "s.yaml", "--frames", "3:1"], "--frames 3:1: no such frames"),
        (["render", "s.yaml", "--frames", "abc"], "--frames abc: no such frames"),
        (["render", "s.yaml", "--frames", "0:5"], "this movie has frames 0:4"),
        (["render", "s.yaml", "--frames=-1:3"], "this movie has frames 0:4"),
        (["render", "s.yaml", "--scale", "0"], "the scale 0 is out of range; write a number above 0"),
        (["render", "s.yaml", "--scale", "nan"], "the scale nan is out of range"),
        (["render", "s.yaml", "--scale", "big"], "--scale"),
        (["render", "s.yaml", "--workers", "0"], "0 workers cannot render; give a number from 1 up"),
        (["render", "s.yaml", "--out", "s.yaml"], "cannot write s.yaml: part of that path is a file"),
        (["render", "s.yaml", "--out", "/proc/films"], "cannot write /proc/films: no file or folder can be made there"),
        (["still", "s.yaml", "--time", "9", "-o", "a.png"], "the movie has no time 9; it lasts from 0 to 0.4 seconds"),
        (["still", "s.yaml", "--time", "-1", "-o", "a.png"], "the movie has no time -1"),
        (
            ["still", "s.yaml", "--time", "0", "-o", "a.xyz"],
            "'.xyz' is not a picture format; name a file that",
        ),
        (["still", "s.yaml", "--time", "0", "-o", "a"], "'a' has no extension; name a file that ends in .png"),
        (["still", "s.yaml", "--time", "0", "-o", "no/a.png"], "no such folder no; make it, or choose another"),
        (["still", "s.yaml", "--time", "0", "-o", "/proc/a.png"], "cannot write /proc/a.png"),
        (["still", "s.yaml"], "moviemaker still s.yaml -o s.png"),
        (["still", "s.yaml", "--time", "0", "-o", "a.png", "--scale", "-1"], "the scale -1 is out of range"),
        (["rendr", "s.yaml"], 'Did you mean "render"?'),
        (["render", "s.yaml", "--ouput", "hd"], "see: moviemaker render --help"),
        (["render"], "see: moviemaker render --help"),
        (["check", "s.yaml", "t.yaml"], "t.yaml"),
        (["check", "t.yaml"], "t.yaml: no such scene file; did you mean s.yaml?"),
    ],
)
def test_wrong_arguments(words, message, run):
    done = run(*words)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) == 1


def test_a_read_only_folder(run):
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    Path("shut").mkdir(mode=0o500)
    done = run("still", "s.yaml", "--time", "0", "-o", "shut/a.png")
    assert done.status == 2
    assert "no permission to write there" in done.err
    assert run("render", "s.yaml", "--out", "shut").status == 2


def test_an_error_inside_ends_with_1_and_without_a_traceback(run, monkeypatch):
    from moviemaker.layers.volume import Volume

    def broken(self: Volume, sample: Any) -> Any:
        raise IndexError("list index out of range")

    monkeypatch.setattr(Volume, "props", broken)
    done = run("still", "s.yaml", "--time", "0", "-o", "a.png")
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        "something went wrong inside moviemaker (IndexError: list index out of range); "
        "run it again with --debug and report what it prints\n"
    )
    assert not Path("a.png").exists()
    shown = run("still", "s.yaml", "--debug", "--time", "0", "-o", "a.png")
    assert shown.status == 1
    assert "Traceback" in shown.err
    assert "in broken" in shown.err


def test_too_little_memory_is_reported(run, monkeypatch):
    from moviemaker.layers.volume import Volume

    def greedy(self: Volume, sample: Any) -> Any:
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(Volume, "props", greedy)
    done = run("still", "s.yaml", "--time", "0", "-o", "a.png")
    assert done.status == 1
    assert done.err.startswith("there is not enough memory (Unable to allocate 9 TiB); close other programs")


def test_debug_shows_where_a_mistake_was_found(run):
    done = run("check", "t.yaml", "--debug")
    assert done.status == 2
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("t.yaml: no such scene file")


SLOW = ("vtkmodules", "pyvista", "matplotlib", "scipy", "imageio_ffmpeg", "imageio", "dask", "numba", "h5py", "PIL")


def test_check_starts_quickly_and_loads_no_more_than_it_needs(folder):
    script = (
        "import resource, sys; from moviemaker.cli import main; status = main(['check', 's.yaml']); "
        "used = resource.getrusage(resource.RUSAGE_SELF); "
        f"print(status, used.ru_utime + used.ru_stime, *[name for name in {SLOW} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    status, seconds, *loaded = done.stdout.splitlines()[-1].split()
    assert (status, loaded) == ("0", [])
    assert float(seconds) < 1.5
