"""A render of one round, with everything that faults need to know about it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from faulty.ledger import Ledger

COUNTING = Path(__file__).parent / "counting"
FRAMES = 60
SCENE = """\
duration: 3
fps: 20
data:
  points: {kind: particles, file: points.npz}
layers:
  - {kind: points, data: points, size: 0.3, color: {by: id, colormap: viridis}}
camera:
  orbit: {radius: 6, azimuth: {0: 0, 3: 90}}
outputs:
  main: {lens: perspective, size: [320, 180]}
"""

_HANGS = 180.0
"""Seconds after which a run that has not ended counts as hung."""


class Round:
    """One render, whatever becomes of it.

    Args:
        scene: its file.
        folder: for everything of this round; it exists.
        chance: what is random.
        label: which no other round has had.

    Attributes:
        out: folder of the results.
        ledger: of what became of the frames.
        variables: of the environment of all runs.
        options: of all runs.
        runs: how many were started.
    """

    def __init__(self, scene: Path, folder: Path, chance: random.Random, label: str):
        self.scene, self.folder, self.chance, self.label = scene, folder, chance, label
        self.out, self.temporary = folder / "out", folder / "tmp"
        self.temporary.mkdir()
        self.ledger = Ledger(folder / "ledger.txt")
        self.variables: dict[str, str] = {}
        self.options: list[str] = []
        self.runs = 0
        self._mounted = False

    def workers(self) -> int:
        """Lets the runs of this round have one or two workers."""
        count = self.chance.choice((1, 2))
        self.options = ["--workers", str(count)]
        return count

    @property
    def environment(self) -> dict[str, str]:
        """For all processes of this round, by which they are found and counted."""
        paths = os.pathsep.join(filter(None, [str(COUNTING), os.environ.get("PYTHONPATH", "")]))
        own = {"PYTHONPATH": paths, "TMPDIR": str(self.temporary), "FAULTS_LABEL": self.label}
        own |= {"FAULTS_LEDGER": str(self.ledger.path), "FAULTS_OUT": str(self.out)}
        return os.environ | own | self.variables

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Starts a run."""
        self.runs += 1
        command = [sys.executable, "-m", "moviemaker", "render", str(self.scene), "--out", str(self.out)]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*command, *self.options, *options], stdout=pipe, stderr=pipe, text=True, env=self.environment
        )

    def end(self, run: subprocess.Popen[str]) -> tuple[int, str]:
        """Waits for the end of a run.

        Returns:
            Its status, and the movie that it printed, or the last line that it said.

        Raises:
            AssertionError: it does not end, or says what users should never see.
        """
        try:
            printed, said = run.communicate(timeout=_HANGS)
        except subprocess.TimeoutExpired:
            for pid, _ in self.processes():
                self.kill(pid)
            printed, said = run.communicate()
            raise AssertionError(f"it hangs: {said}") from None
        for never in ("Traceback", "went wrong inside", "Exception ignored"):
            assert never not in said, said
        assert run.returncode in (0, 1, -signal.SIGKILL, 128 + signal.SIGINT, 128 + signal.SIGTERM), said
        last = said.strip().rpartition("\n")[2]
        if run.returncode > 0:
            assert "the same command" in last, f"it does not say how to carry on: {said}"
        return run.returncode, printed.strip() if run.returncode == 0 else last

    def frames(self) -> list[Path]:
        """The files of finished frames."""
        return sorted(self.out.glob("faults/.faults_main.frames/faults_main_*.png"))

    def await_frames(self, run: subprocess.Popen[str], least: int | None = None) -> None:
        """Waits until a random number of frames are finished, or the run has ended.

        Args:
            run: that draws them.
            least: how many; default: anything from none, a random time after the start, to all, while it encodes.
        """
        wanted = self.chance.randrange(FRAMES + 1) if least is None else least
        if not wanted:
            time.sleep(self.chance.uniform(0, 1.5))
        until = time.monotonic() + _HANGS
        while len(self.frames()) < wanted and run.poll() is None and time.monotonic() < until:
            time.sleep(0.005)

    def processes(self) -> Iterator[tuple[int, str]]:
        """Processes of this round, with their commands."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    if f"FAULTS_LABEL={self.label}\0".encode() in (entry / "environ").read_bytes():
                        yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()

    def kill_one(self, which: Callable[[str], bool]) -> None:
        """SIGKILL of one of the processes whose commands are as asked for, if any are there."""
        found = [pid for pid, command in self.processes() if which(command)]
        if found:
            self.kill(self.chance.choice(found))

    def kill(self, process: int, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends a process."""
        with suppress(ProcessLookupError):
            os.kill(process, how)

    def mount(self, size: int, again: bool = False) -> None:
        """Puts the results on a disk of so many kilobytes, or makes that disk larger."""
        self.out.mkdir(exist_ok=True)
        options = f"{'remount,' if again else ''}size={size}k"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.out)], check=True)
        self._mounted = True

    def close(self) -> None:
        """Ends what is left of the round."""
        for pid, _ in self.processes():
            self.kill(pid)
        if self._mounted:
            subprocess.run(["umount", "--lazy", str(self.out)], check=True)

    def files(self) -> set[str]:
        """Names of all files and folders that the round has left, but for logs, whose names are random."""
        found = {str(path.relative_to(self.folder)) for path in (*self.out.rglob("*"), *self.temporary.rglob("*"))}
        return {name for name in found if not name.endswith(".jsonl")}


Fault = Callable[[Round], None]
"""Renders with something that goes wrong; what is missing afterwards, the same command draws."""
