"""How soon Ctrl-C and SIGTERM stop a render in each way to render, and what `status` costs for 20,000 frames.

Run it with: python benchmarks/following.py      (about two minutes)
It should show: every stop within 2 s, exit status 130 or 143, no processes and no unfinished files left, and all
finished frames kept; `status` within 2 s of processor time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import moviemaker as mm
from moviemaker.core.progress import Silent
from moviemaker.farm import Done
from moviemaker.rendering.events import RunLog
from moviemaker.rendering.orders import Order
from moviemaker.rendering.reports.basis import remember_basis

SCENE = """
duration: 2000
fps: 10
data: {halo: {kind: sample, name: galaxy_halo, shape: 64, clumps: 10}}
layers: [{kind: volume, data: halo, colormap: inferno}]
camera: {orbit: {center: [0, 0, 0], radius: 80, azimuth: {0: 0, 2000: 9000}}}
outputs: {hd: {lens: perspective, size: [320, 180]}}
"""
WAYS = {
    "serial": ["--workers", "1"],
    "2 processes": ["--workers", "2"],
    "cluster local": ["--cluster", "local", "--workers", "2"],
    "shard": ["--workers", "1", "--shard", "1/2"],
}
FRAMES = 20_000
LABEL = "FOLLOWING_BENCHMARK"
COST = (
    "import resource, sys; from moviemaker.cli import main; status = main(sys.argv[1:]); "
    "used = resource.getrusage(resource.RUSAGE_SELF); print(status, used.ru_utime + used.ru_stime, file=sys.stderr)"
)


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "film.yaml"
        scene.write_text(SCENE, encoding="utf-8")
        stops(scene)
        costs(scene)


def stops(scene: Path) -> None:
    """Stops a render of each kind when it has drawn some frames."""
    print(f"{'stopped':<16}{'by':<9}{'seconds':>8}{'exit':>6}{'frames':>8}{'kept':>6}{'left: processes, files':>26}")
    for way, options in WAYS.items():
        for how in (signal.SIGINT, signal.SIGTERM):
            out = scene.parent / f"{way} {how.name}"
            command = [sys.executable, "-m", "moviemaker", "render", str(scene), "--out", str(out), *options]
            environment = os.environ | {LABEL: out.name}
            quiet = subprocess.DEVNULL
            process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment, preexec_fn=heed_signals)
            while len(drawn := list(out.rglob("*.png"))) < 3 and process.poll() is None:
                time.sleep(0.02)
            assert process.poll() is None, "the render has ended by itself"
            sent = time.monotonic()
            process.send_signal(how)
            status = process.wait()
            took = time.monotonic() - sent
            kept = sum(path.exists() for path in drawn)
            left = f"{len(processes(out.name))}, {len(list(out.rglob('*.partial')))}"
            print(f"{way:<16}{how.name:<9}{took:>8.2f}{status:>6}{len(drawn):>8}{kept:>6}{left:>26}", flush=True)


def heed_signals() -> None:
    """Heeds the signals again that a shell ignores for what it starts in the background."""
    for how in (signal.SIGINT, signal.SIGTERM):
        signal.signal(how, signal.SIG_DFL)


def processes(label: str) -> list[int]:
    """Processes that live and were started with a label in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"{LABEL}={label}\0".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def costs(scene: Path) -> None:
    """Measures `status` beside a run that has drawn most of many frames."""
    out = scene.parent / "many"
    loaded = mm.load(scene)
    store = Order("hd", out, range(FRAMES), (320, 180)).store(loaded.prepared, "")
    with store.claim(range(FRAMES), product="film_hd.mp4"):
        remember_basis(store, loaded.prepared, "hd", (320, 180))
        content = store.put(0, np.zeros((180, 320, 3), np.uint8)).read_bytes()
        with RunLog(store, Silent(), output="hd", frames=[0, FRAMES], shard="") as log:
            log.begin(missing=FRAMES)
            parts = {"read": 0.001, "draw": 0.002, "encode": 0.001}
            for index in range(FRAMES - 1000):
                store.path(index).write_bytes(content)
                log.frame(Done(index, "it", str(index % 8), parts, len(content), 0.004, time.time()))
            for what, options in (("with a log", []), ("with its profile", ["--profile"])):
                print(f"status of {FRAMES} frames {what}: {cost(scene, out, options):.2f} s of processor time")
            for path in (store.work / "log").iterdir():
                path.unlink()
            print(f"status of {FRAMES} frames without a log: {cost(scene, out, []):.2f} s of processor time")


def cost(scene: Path, out: Path, options: list[str]) -> float:
    """Seconds of processor time of the least of three calls."""
    command = [sys.executable, "-c", COST, "status", str(scene), "--out", str(out), *options]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stderr.split() for _ in range(3)]
    assert all(status == "3" for status, _ in runs), runs
    return min(float(seconds) for _, seconds in runs)


if __name__ == "__main__":
    main()
