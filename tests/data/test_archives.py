"""Files in zip archives."""

import json
import os
import stat
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import yaml

from moviemaker.core.errors import InputError
from moviemaker.data.describing.describe import describe
from moviemaker.data.files import archives
from moviemaker.data.files.find import find_files
from moviemaker.data.grid import Grid
from moviemaker.data.mesh import Mesh
from moviemaker.data.particles import Particles


@pytest.fixture
def run_zip(tmp_path):
    """Three snapshots in a folder of an archive, a grid beside the folder, and what file managers add."""
    with zipfile.ZipFile(tmp_path / "run.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for step in (2, 10, 1):
            file.writestr(f"out/snap_{step}.csv", f"x,y,z\n{step},0,0\n0,{step},1\n")
        with file.open("rho.npy", "w") as member:
            np.save(member, np.arange(24.0).reshape(2, 3, 4))
        file.writestr("__MACOSX/._rho.npy", b"\0")
        file.writestr("out/.DS_Store", b"\0")
    return tmp_path / "run.zip"


def test_a_file_and_a_pattern_in_an_archive(run_zip):
    folder = run_zip.parent
    grid = Grid(file="run.zip/rho.npy").open(folder)
    assert np.array_equal(grid.at(0.0, grid.fields).field(grid.fields[0]), np.arange(24.0).reshape(2, 3, 4))
    stars = Particles(file="run.zip/out/snap_*.csv").open(folder)
    assert stars.at(2.0).position[0].tolist() == [10, 0, 0]  # 1, 2, 10: by number
    assert [path.name for path in find_files("run.zip/**/*_1*.csv", folder)] == ["snap_1.csv", "snap_10.csv"]
    assert Particles(file=("run.zip/out/snap_2.csv",)).open(folder).at(0.0).position[1].tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("*.csv", 0), ("out/*", 3), ("**/*.csv", 3), ("**/**/*.npy", 1), ("**", 4), ("o*/s*_[12].csv", 2)],
)
def test_patterns_stay_inside_folders(run_zip, pattern, count):
    if not count:
        with pytest.raises(InputError, match=r"3 .csv in out, rho.npy"):
            archives.unpacked(run_zip, pattern)
    else:
        assert len(archives.unpacked(run_zip, pattern)) == count


def test_what_an_archive_holds_is_told(run_zip):
    with pytest.raises(InputError, match=r"'run.zip' holds 3 .csv in out, rho.npy; write run.zip/"):
        find_files("run.zip", run_zip.parent)
    with pytest.raises(InputError, match=r"no file 'out/snap_3.csv' in 'run.zip'; did you mean 'out/snap_"):
        find_files("run.zip/out/snap_3.csv", run_zip.parent)
    with pytest.raises(InputError, match=r"'run.zip/out' is a folder"):
        Particles(file="run.zip/out").open(run_zip.parent)


def test_the_only_file_of_an_archive_needs_no_path(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("README", "by somebody")
        file.writestr("stars.csv", "x,y,z\n1,2,3\n")
    assert Particles(file="a.zip").open(tmp_path).at(0.0).position.tolist() == [[1, 2, 3]]
    assert "archive: a.zip holds" in str(describe(tmp_path / "a.zip"))


def test_info_takes_the_largest_kind_and_says_what_else_is_there(run_zip):
    found = describe(run_zip)
    assert (found.kind, found.file) == ("grid", "rho.npy")
    assert found.facts[0].startswith("archive: run.zip holds 3 .csv in out, rho.npy; ARCHIVE/PATH")
    (data,) = yaml.safe_load(found.scene)["data"].values()
    assert data["file"] == "run.zip/rho.npy"
    assert describe(run_zip / "out" / "snap_*.csv").times == (0, 1, 2)


def test_a_collection_brings_the_files_that_it_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        for step in range(2):
            file.writestr(f"t/m_{step}.obj", f"v 0 0 {step}\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
        steps = [{"name": f"t/m_{step}.obj", "time": 5.0 + step} for step in range(2)]
        file.writestr("m.obj.series", json.dumps({"file-series-version": "1.0", "files": steps}))
    found = describe(tmp_path / "a.zip")
    assert (found.kind, found.times) == ("mesh", (5.0, 6.0))
    assert Mesh(file="a.zip/m.obj.series").open(tmp_path).at(6.0).points[0].tolist() == [0, 0, 1]


def test_bombs_are_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "HARMLESS", 0)
    monkeypatch.setattr("moviemaker.data.formats.declared_size.HARMLESS", 0)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.npy", bytes(4 << 20))
    monkeypatch.setenv("MOVIEMAKER_RATIO", "500")
    with pytest.raises(InputError, match="more than 500 times"):
        archives.unpacked(tmp_path / "a.zip", "a.npy")
    monkeypatch.setenv("MOVIEMAKER_RATIO", "2000")
    assert archives.unpacked(tmp_path / "a.zip", "a.npy")[0].stat().st_size == 4 << 20


def test_files_over_each_other_and_a_full_disk(run_zip, monkeypatch):
    with zipfile.ZipFile(run_zip) as file:
        infos = {info.filename: info for info in file.infolist()}
    many = [infos["rho.npy"]] * 20
    with pytest.raises(ValueError, match="over each other"):
        archives._check(run_zip, many, run_zip.stat().st_size, run_zip.parent)
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda path: _Usage())
    with pytest.raises(InputError, match="set TMPDIR"):
        archives.unpacked(run_zip, "rho.npy")


class _Usage:
    free = 10


def test_names_that_lead_elsewhere_and_links_are_passed_over(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        for name in ("../up.csv", "/root.csv", "a/../../b.csv", "back\\slash.csv"):
            file.writestr(name, "x,y,z\n1,2,3\n")
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("ok.csv", "x,y,z\n1,2,3\n")
    assert [member.name for member in archives.members(tmp_path / "a.zip")] == ["ok.csv"]
    with pytest.raises(InputError, match="no file"):
        find_files("a.zip/link.csv", tmp_path)


def test_damaged_and_encrypted_archives(run_zip):
    content = run_zip.read_bytes()
    (run_zip.parent / "cut.zip").write_bytes(content[:-40])
    with pytest.raises(InputError, match=r"'cut.zip' cannot be read"):
        find_files("cut.zip/rho.npy", run_zip.parent)
    first = content.index(b"PK\x01\x02")
    flagged = bytearray(content)
    flagged[first + 8] |= 1
    (run_zip.parent / "secret.zip").write_bytes(bytes(flagged))
    with pytest.raises(InputError, match="is encrypted; unpack it with its password"):
        find_files("secret.zip/out/snap_2.csv", run_zip.parent)


def test_nothing_stays_behind(run_zip):
    temporary = run_zip.parent / "tmp"
    temporary.mkdir()
    (run_zip.parent / "s.yaml").write_text(
        "duration: 1\nclock: {0: 0, 1: 2}\ndata:\n  p: {kind: particles, file: 'run.zip/out/*.csv'}\n"
        "layers:\n  - {kind: points, data: p, size: 1}\ncamera: {orbit: {radius: 50}}\n"
        "outputs:\n  hd: {lens: perspective, size: [64, 64]}\n"
    )
    environment = os.environ | {"TMPDIR": str(temporary)}
    environment.pop("MOVIEMAKER_UNPACKED", None)
    command = [sys.executable, "-c", "import moviemaker; moviemaker.load('s.yaml')"]
    done = subprocess.run(command, cwd=run_zip.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(temporary.iterdir()) == []
    assert not (run_zip.parent / "out").exists()
