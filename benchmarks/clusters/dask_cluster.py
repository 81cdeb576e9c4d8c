"""A Dask scheduler and workers on pretended machines, as users start them: `dask scheduler` and `dask worker`."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

from clusters.machines import Machine

PORT = 8786


class DaskCluster:
    """A scheduler, and workers that a loop starts again when they end, as the systems of clusters do.

    Args:
        machine: of the scheduler.
        folder: for logs and files of the workers.
    """

    def __init__(self, machine: Machine, folder: Path):
        self._machine, self._folder = machine, folder
        self._scheduler: subprocess.Popen[bytes] | None = None
        self.address = f"tcp://{machine.address}:{PORT}"
        self.start()

    def start(self) -> None:
        """Starts the scheduler, and waits until it answers."""
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", self._machine.address]
        command += ["--port", str(PORT), "--no-dashboard"]
        self._scheduler = self._machine.start(command, self._folder / "scheduler.log")
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection((self._machine.address, PORT), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the scheduler does not start, see {self._folder / 'scheduler.log'}")

    def kill(self) -> None:
        """Ends the scheduler at once."""
        assert self._scheduler is not None
        self._machine.kill(self._scheduler)

    def worker(self, machine: Machine, again: bool = False) -> subprocess.Popen[bytes]:
        """Starts a worker.

        Args:
            machine: where.
            again: start it again whenever it ends.
        """
        local = self._folder / f"files-{machine.name}"
        local.mkdir(exist_ok=True)
        command = [sys.executable, "-P", "-m", "distributed.cli.dask_worker", self.address, "--nthreads", "1"]
        command += [
            "--host",
            machine.address,
            "--no-dashboard",
            "--local-directory",
            str(local),
            "--death-timeout",
            "30",
        ]
        if again:
            command = ["sh", "-c", 'while :; do "$@"; sleep 0.5; done', "sh", *command]
        return machine.start(command, self._folder / f"{machine.name}.log")

    def await_workers(self, count: int) -> None:
        """Waits until so many workers have come, so that what is measured does not depend on how fast they start."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=120)
            while len(client.scheduler_info()["workers"]) > count:  # one that was killed is still counted
                time.sleep(0.2)
