"""What several tests use: scenes as dictionaries, with data written where the test runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Public data for tests, beside the checkout where they are at hand."""


@pytest.fixture(scope="session")
def real_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip("the public test data are not here")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Densities that tests make are kept for as long as the tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOVIEMAKER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What commands say does not depend on what the machine has drawn before."""
    monkeypatch.setattr("moviemaker.rendering.estimate.needs_compiling", lambda: False)
    monkeypatch.setattr("moviemaker.rendering.speed.kept_file", lambda: None)


class Recorder:
    """A progress reporter that records the notes, and (what, done, total, unit) of every step."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.steps: list[tuple[str, int, int | None, str]] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    @contextmanager
    def task(self, what: str, total: int | None, unit: str, *, after: float = 0.0) -> Iterator[Callable[[int], None]]:
        yield lambda done: self.steps.append((what, done, total, unit))


@pytest.fixture
def recorder() -> type[Recorder]:
    return Recorder


@pytest.fixture
def particles_scene(tmp_path: Path) -> Callable[..., mm.Scene]:
    """Makes a scene of white, unlit spheres seen along y from a camera that may be moved."""

    def make(position: Any, layer: Any = None, camera: Any = None, **scene: Any) -> mm.Scene:
        np.savez(tmp_path / "points.npz", position=np.asarray(position, dtype=float))
        written = {
            "duration": 1,
            "fps": 10,
            "data": {"points": {"kind": "particles", "file": "points.npz"}},
            "layers": [{"kind": "points", "data": "points", "size": 1.0, "shade": False} | (layer or {})],
            "camera": camera or {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0], "fov": 30}]},
            "outputs": {"main": {"lens": "perspective", "size": [1280, 720]}},
        }
        return mm.Scene.from_dict(written | scene, folder=tmp_path)

    return make


@pytest.fixture
def grid_scene(tmp_path: Path) -> Callable[..., mm.Scene]:
    """Makes a scene of one volume seen along y by parallel rays."""

    def make(values: Any, bounds: Any, layer: Any = None, **scene: Any) -> mm.Scene:
        np.save(tmp_path / "grid.npy", values)
        written = {
            "duration": 1,
            "fps": 10,
            "data": {"grid": {"kind": "grid", "file": "grid.npy", "bounds": bounds}},
            "layers": [{"kind": "volume", "data": "grid", "colormap": ["white", "white"]} | (layer or {})],
            "camera": {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0]}]},
            "outputs": {"main": {"lens": "orthographic", "height": 1, "size": [64, 64]}},
        }
        return mm.Scene.from_dict(written | scene, folder=tmp_path)

    return make
