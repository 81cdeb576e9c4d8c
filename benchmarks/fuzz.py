"""Reads thousands of damaged files and scenes, and counts what does not end in a picture or one clear sentence.

Valid small files of every format are written, and bytes of them are flipped, cut, inserted, repeated, and numbers
replaced. Of the scenes in `scenes/` keys are dropped, doubled, moved, or get other values. Every input goes through
`moviemaker info` or `check`, in a process with 2 GB of address space and 5 seconds for each. What fails is kept in a
folder, with the command to try it again. The same seed gives the same inputs.

    python benchmarks/fuzz.py [--seconds 60] [--inputs 20000] [--seed 0] [--only FORMAT] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from fuzzing.formats import FORMATS
from fuzzing.mutations import mutated, mutated_scene
from fuzzing.running import AT_ONCE, FAILURES, OUTCOMES, Case, Result, imported, run_all

SCENES = Path(__file__).resolve().parent.parent / "scenes"
KINDS = {"grid": "isosurface", "particles": "points", "mesh": "surface"}
OPTIONS: dict[str, dict[str, Any]] = {"isosurface": {"levels": ["50%"]}, "points": {"size": 0.1}, "surface": {}}
"""Kinds of data, the layers that draw them, and what a layer needs."""


class Inputs:
    """Mutated files and scenes, in groups of one format.

    Args:
        folder: for the files, which are deleted once they have been handled.
        seed: of the random numbers.
        only: names of formats; `scene` stands for the scenes. None: all.
    """

    def __init__(self, folder: Path, seed: int, only: Sequence[str] | None = None):
        self._folder = folder
        self._seed = seed
        self._valid: dict[str, dict[str, bytes]] = {}
        scenes = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SCENES.glob("*.yaml"))]
        self._scenes = [self._small(scene) for scene in scenes]
        self.formats = [name for name in (*FORMATS, "scene") if only is None or name in only]
        self.left_out: list[str] = []

    def groups(self, at_once: int = AT_ONCE) -> Iterator[list[Case]]:
        """Groups without end. Each of them has the inputs of one format."""
        count = 0
        while True:
            for name in self.formats:
                if name in self.left_out:
                    continue
                many = at_once * (6 if name == "scene" else 1)
                numbers = range(count, count + many)
                count += many
                cases = [case for number in numbers if (case := self.case(name, number)) is not None]
                yield from (cases[start : start + at_once] for start in range(0, len(cases), at_once))
            if len(self.left_out) == len(self.formats):
                return

    def case(self, name: str, number: int) -> Case | None:
        """The input of a number, which the seed, the format and the number alone decide; None: it cannot be written."""
        rng = random.Random(f"{self._seed} {name} {number}")
        folder = self._folder / f"{name.replace(' ', '_')}_{number}"
        if name == "scene":
            folder.mkdir()
            scene = mutated_scene(rng.choice(self._scenes), rng)
            (folder / "scene.yaml").write_text(yaml.safe_dump(scene, allow_unicode=True), encoding="utf-8")
            return Case(name, folder, ("check", "scene.yaml"))
        files = self._files(name)
        if not files:
            return None
        changed = dict(files)
        target = rng.choice(sorted(changed))
        changed[target] = mutated(changed[target], rng)
        for inner, content in changed.items():
            (folder / inner).parent.mkdir(parents=True, exist_ok=True)
            (folder / inner).write_bytes(content)
        first = self._first(files)
        if rng.random() < 0.75:
            return Case(name, folder, ("info", first))
        (folder / "scene.yaml").write_text(yaml.safe_dump(self._scene_of(first, rng)), encoding="utf-8")
        return Case(name, folder, ("check", "scene.yaml"))

    def _files(self, name: str) -> dict[str, bytes]:
        """The content of the files of a format by their names."""
        if name not in self._valid:
            folder = self._folder / f"valid_{name.replace(' ', '_')}"
            folder.mkdir()
            try:
                FORMATS[name](folder)
            except ImportError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
                self.left_out.append(name)
            files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
            self._valid[name] = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
            shutil.rmtree(folder)
        return {} if name in self.left_out else self._valid[name]

    @staticmethod
    def _first(files: dict[str, bytes]) -> str:
        tops = sorted({name.split("/")[0] for name in files if name.startswith("a.")})
        return next(name for name in tops if name != "a.raw")

    @staticmethod
    def _scene_of(file: str, rng: random.Random) -> dict[str, Any]:
        kind = rng.choice(tuple(KINDS))
        layer = {"kind": KINDS[kind], "data": "a", **OPTIONS[KINDS[kind]]}
        return {
            "fps": 10,
            "duration": 1,
            "data": {"a": {"kind": kind, "file": file}},
            "layers": [layer],
            "camera": {"keyframes": [{"time": 0, "position": [0, -9, 1], "target": "a"}]},
            "outputs": {"hd": {"lens": "perspective", "size": [64, 64]}},
        }

    @staticmethod
    def _small(scene: Any) -> Any:
        """A scene whose samples take less time to be computed."""
        most = {"count": 200, "particles": 200, "samples": 16, "snapshots": 6, "shape": 16}
        for data in scene.get("data", {}).values():
            for key in data.keys() & most:
                counts = data[key] if isinstance(data[key], list) else [data[key]]
                small = [min(count, most[key]) for count in counts]
                data[key] = small if isinstance(data[key], list) else small[0]
        return scene


def fuzz(
    folder: Path, seed: int, inputs: int, seconds: float, only: Sequence[str] | None = None, keep: Path | None = None
) -> list[Result]:
    """Results of so many inputs, or of those that can be handled in some seconds. Those that fail are kept."""
    found: list[Result] = []
    began = time.monotonic()
    groups = Inputs(folder, seed, only).groups(AT_ONCE if inputs >= 1000 else max(1, min(AT_ONCE, inputs // 100)))
    for result in run_all(groups):
        found.append(result)
        if result.outcome in FAILURES and keep is not None:
            _keep(result, keep)
        shutil.rmtree(result.case.folder, ignore_errors=True)
        if len(found) >= inputs or time.monotonic() - began > seconds:
            break
    return found


def _keep(result: Result, keep: Path) -> None:
    kept = keep / result.outcome.replace(" ", "_") / result.case.folder.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(result.case.folder, kept)
    print(f"{result.outcome}: cd {kept} && moviemaker {' '.join(result.case.arguments)}", file=sys.stderr)
    print(f"    {result.words.strip()[-300:]}", file=sys.stderr)


def report(results: Sequence[Result]) -> str:
    """A table: for every format the number of inputs, and of each outcome."""
    by_format: dict[str, Counter[str]] = defaultdict(Counter)
    slowest: dict[str, float] = defaultdict(float)
    for result in results:
        by_format[result.case.format][result.outcome] += 1
        slowest[result.case.format] = max(slowest[result.case.format], result.seconds)
    lines = [f"{'format':<22}{'inputs':>8}" + "".join(f"{name:>16}" for name in OUTCOMES) + f"{'slowest':>10}"]
    for name, counts in by_format.items():
        numbers = "".join(f"{counts[outcome]:>16}" for outcome in OUTCOMES)
        lines.append(f"{name:<22}{counts.total():>8}{numbers}{slowest[name]:>8.2f} s")
    total = Counter(result.outcome for result in results)
    lines.append(f"{'all':<22}{len(results):>8}" + "".join(f"{total[outcome]:>16}" for outcome in OUTCOMES))
    return "\n".join(lines)


def main() -> int:
    """Runs the command line. The exit status is 1 if any input failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=None)
    parser.add_argument("--inputs", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append")
    parser.add_argument("--keep", type=Path, default=Path("fuzz_failures"))
    options = parser.parse_args()
    seconds = options.seconds if options.seconds or options.inputs else 60.0
    imported()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MOVIEMAKER_CACHE"] = str(Path(folder) / "cache")  # of first looks, at inputs that are seen once
        results = fuzz(
            Path(folder),
            options.seed,
            options.inputs or sys.maxsize,
            seconds or float("inf"),
            options.only,
            options.keep,
        )
    print(f"seed {options.seed}")
    print(report(results))
    return int(any(result.outcome in FAILURES for result in results))


if __name__ == "__main__":
    sys.exit(main())
