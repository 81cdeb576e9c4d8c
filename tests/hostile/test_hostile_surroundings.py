"""What lies around a command: the current folder, the cache, and the standard streams, made to harm it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hostile_runs import run

from moviemaker.core.machine.cache import cache_folder
from moviemaker.core.sharing import disk_cache
from moviemaker.data.probing import verdicts

_COMMAND = """
import sys
sys.path[:] = sys.argv.pop(1).split(":")
from moviemaker.launch import main
sys.exit(main())
"""

_SCENE = """
duration: 0.1
fps: 10
data: {points: {kind: particles, file: points.csv}}
layers: [{kind: points, data: points}]
camera: {orbit: {center: [0, 0, 0], radius: 5}}
outputs: {v: {lens: perspective, size: [32, 32], format: png}}
"""

STREAMS = ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]


@pytest.fixture
def folder(tmp_path):
    """A folder that someone else has made, with a scene."""
    made = tmp_path / "theirs"
    made.mkdir()
    (made / "scene.yaml").write_text(_SCENE)
    (made / "points.csv").write_text("x,y,z\n0,0,0\n1,0,0\n0,1,0\n")
    return made


def command(folder, *words, streams=""):
    """Runs the program there as the installed command does: without the current folder among those of modules."""
    paths = ":".join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
    shell = ["sh", "-c", f'exec "$@" {streams}', "sh"]
    python = [sys.executable, "-P", "-c", _COMMAND, paths]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    every = [*shell, *python, *words]
    return subprocess.run(every, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_workers_import_nothing_from_the_current_folder(folder, tmp_path):
    canary = tmp_path / "canary"
    for name in ("multiprocessing", "pickle", "random", "struct", "numpy", "moviemaker", "sitecustomize"):
        (folder / f"{name}.py").write_text(f"open({str(canary)!r}, 'w').write({name!r})\n")
    found = command(folder, "render", "scene.yaml", "--workers", "2")
    assert found.returncode == 0, found.stderr
    assert not canary.exists(), canary.read_text()
    assert (folder / "outputs/scene/scene_v/scene_v_000001.png").is_file()


def test_settings_of_numba_in_the_current_folder_are_not_used(folder):
    (folder / ".numba_config.yaml").write_text(f"cache_dir: {folder / 'planted'}\ndisable_jit: 1\n")
    shown = (
        "from moviemaker.core.jit import numba",
        "numba.core.config.reload_config()",  # as the compiler does
        "print(numba.core.config.CACHE_DIR, numba.core.config.DISABLE_JIT)",
    )
    environment = {**os.environ, "PYTHONPATH": ":".join(filter(None, sys.path))}
    python = [sys.executable, "-P", "-c", "; ".join(shown)]
    done = subprocess.run(python, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert str(folder) not in done.stdout
    assert done.stdout.split()[-1] == "0"


def test_numba_is_imported_in_one_place():
    """Any other import of it could come first, and read the settings of the current folder."""
    package = Path(__file__).parents[2] / "moviemaker"
    places = [path.name for path in package.rglob("*.py") if "\nimport numba" in path.read_text(encoding="utf-8")]
    assert places == []
    jit = (package / "core/jit.py").read_text(encoding="utf-8")
    assert jit.index("os.path.exists = _no_settings") < jit.index("    import numba")


@pytest.mark.parametrize("streams", STREAMS)
def test_closed_streams(streams, folder):
    """Without them, the next file that is opened would take what is printed."""
    assert command(folder, "check", "scene.yaml", streams=streams).returncode == 0


def test_a_closed_stream_and_a_mistake(folder):
    assert command(folder, "check", "missing.yaml", streams="2>&-").returncode == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_results_that_cannot_be_written(folder):
    found = command(folder, "check", "scene.yaml", streams="> /dev/full")
    assert found.returncode == 1
    assert "standard output" in found.stderr
    assert "inside" not in found.stderr


def test_files_of_others_in_the_folder_of_the_cache_stay(tmp_path, monkeypatch):
    """`MOVIEMAKER_CACHE` may name a folder of data that has a folder `density` of its own."""
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path))
    monkeypatch.setattr(disk_cache, "LIMIT", 4000)
    monkeypatch.setattr(verdicts, "_MOST_KEPT", 2)
    precious = [tmp_path / "density" / "run12.npz", tmp_path / "probes" / "results.json"]
    for path in precious:
        path.parent.mkdir()
        path.write_bytes(bytes(9000))
        os.utime(path, (1, 1))
    for number in range(12):
        disk_cache.kept(f"{number:064x}", lambda: {"field": np.zeros(50)})
        verdicts._write(tmp_path / "probes" / f"{number:040x}", "")
    assert all(path.is_file() for path in precious)
    assert len(list((tmp_path / "density").iterdir())) < 10
    assert len(list((tmp_path / "probes").iterdir())) < 10


class _Runs:
    def __init__(self, canary):
        self.canary = str(canary)

    def __reduce__(self):
        return open, (self.canary, "w")


@pytest.mark.parametrize("planted", ["pickle", "pickled array", "pipe", "link", "folder", "bomb", "nothing"])
def test_what_is_planted_in_the_cache_is_not_read(planted, tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))
    folder, canary = cache_folder("density"), tmp_path / "canary"
    folder.mkdir(parents=True)
    path = folder / f"{7:064x}.npz"
    if planted == "pickle":
        path.write_bytes(pickle.dumps(_Runs(canary)))
    elif planted == "pickled array":
        np.savez(path, field=np.array([_Runs(canary)], dtype=object))
    elif planted == "pipe":
        os.mkfifo(path)
    elif planted == "link":
        path.symlink_to("/dev/zero")
    elif planted == "folder":
        path.mkdir()
    elif planted == "bomb":
        path.write_bytes(b"PK\x03\x04" + os.urandom(500))
    else:
        path.touch()
    made = disk_cache.kept(f"{7:064x}", lambda: {"field": np.ones(2)})
    assert made["field"].tolist() == [1, 1]
    assert not canary.exists()


@pytest.mark.parametrize("which", ["cache", "cache/probes"])
def test_a_cache_that_everybody_may_write_to_is_not_believed(which, tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache/probes").mkdir(parents=True, mode=0o755)
    assert cache_folder("probes") is not None
    (tmp_path / which).chmod(0o777)
    assert cache_folder("probes") is None
    (tmp_path / "cache").chmod(0o1777)  # as /tmp, where others cannot rename what is ours
    assert (cache_folder("probes") is None) == (which == "cache/probes")


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files away")
def test_a_cache_of_another_user_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache/probes").mkdir(parents=True)
    os.chown(tmp_path / "cache/probes", 12345, 12345)
    assert cache_folder("probes") is None


@pytest.mark.parametrize("name", ["pipe", "device"])
def test_verdicts_are_regular_files(name, tmp_path, monkeypatch):
    path = tmp_path / f"{1:040x}"
    os.mkfifo(path) if name == "pipe" else path.symlink_to("/dev/zero")
    assert verdicts._read(path) is None


@pytest.mark.parametrize("ratio", ["nan", "inf", "-1", "x", "1e999", ""])
def test_odd_ratios(ratio, folder):
    assert run("check", "scene.yaml", folder=folder, environment={"MOVIEMAKER_RATIO": ratio}).status == 0


def test_a_mistake_keeps_its_status_where_messages_cannot_be_written(folder):
    read, write = os.pipe()
    os.close(read)
    python = [sys.executable, "-P", "-c", _COMMAND, ":".join([str(Path(__file__).parents[2]), *filter(None, sys.path)])]
    done = subprocess.run([*python, "check", "missing.yaml"], cwd=folder, stderr=write, timeout=60)
    os.close(write)
    assert done.returncode == 2
