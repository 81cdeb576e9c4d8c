"""What a second worker costs: CPU seconds of each scene with one process and with two, and what they compute twice.

Arrays that take long to make, such as samples, are made by one process and mapped by the others (see
`moviemaker/core/sharing/arrays.py`). Every time that one is made is counted, in every process: none may be made twice.

    python benchmarks/shared_data.py [--frames 12] [--scale 0.25] [--rounds 1] [SCENE ...]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SCENES = Path(__file__).resolve().parents[1] / "scenes"

COUNTING = '''
"""Python runs this file when it starts: it notes the arrays that this process makes."""
import os
import sys
from importlib.machinery import PathFinder


class Noting:
    def find_spec(self, name, path=None, target=None):
        if name != "moviemaker.core.sharing.arrays":
            return None
        spec = PathFinder.find_spec(name, path)
        run = spec.loader.exec_module

        def noting(module):
            run(module)
            found = module._found

            def noted(key, make, always):
                def made():
                    with open(os.environ["MADE"], "a") as file:
                        file.write(f"{key}\\n")
                    return make()

                return found(key, made, always)

            module._found = noted

        spec.loader.exec_module = noting
        return spec


sys.meta_path.insert(0, Noting())
'''


def run(scene: Path, workers: int, options: argparse.Namespace, folder: Path) -> tuple[float, float, Counter[str]]:
    """CPU seconds of all processes of a render, its seconds, and how often each array was made."""
    out, made = folder / f"out_{time.monotonic_ns()}", folder / "made.txt"
    made.write_text("", encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": path, "MADE": str(made), "MOVIEMAKER_CACHE": str(folder / "cache")}
    output = "flat" if scene.stem == "all_around" else "hd"
    command = [sys.executable, "-m", "moviemaker", "render", str(scene), "--output", output, "--out", str(out)]
    command += ["--frames", f"0:{options.frames}", "--scale", str(options.scale), "--workers", str(workers)]
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{scene.name} was not rendered: {said}")
    seconds = time.perf_counter() - begun
    return used.ru_utime + used.ru_stime, seconds, Counter(made.read_text(encoding="utf-8").split())


def main() -> None:
    """Measures the scenes in turn and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", type=Path, default=sorted(SCENES.glob("*.yaml")), metavar="SCENE")
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--scale", type=float, default=0.25)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    print(f"{options.frames} frames at --scale {options.scale:g}; the least of {options.rounds} rounds")
    print(f"{'scene':18} {'CPU s':>7} {'of two':>7} {'more':>6} {'time s':>7} {'of two':>7}  arrays, made twice")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sitecustomize.py").write_text(COUNTING, encoding="utf-8")
        for scene in options.scenes:
            one = [run(scene, 1, options, folder) for _ in range(options.rounds)]
            two = [run(scene, 2, options, folder) for _ in range(options.rounds)]
            (alone, slow), (both, fast) = ((min(r[0] for r in each), min(r[1] for r in each)) for each in (one, two))
            twice = max(sum(count > 1 for count in made.values()) for *_, made in two)
            print(
                f"{scene.stem:18} {alone:7.2f} {both:7.2f} {both - alone:6.2f} {slow:7.2f} {fast:7.2f}"
                f"  {len(two[-1][2])}, {twice}",
                flush=True,
            )


if __name__ == "__main__":
    main()
