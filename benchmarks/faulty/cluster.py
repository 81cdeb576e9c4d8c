"""Faults of Dask clusters."""

from __future__ import annotations

import socket
import subprocess
import sys

from faulty.rounds import Round


class Cluster:
    """A scheduler and its workers. A context manager that ends them.

    Args:
        one: round whose runs draw on it.
    """

    def __init__(self, one: Round):
        self._one, self._port = one, _free_port()
        self._address = f"tcp://127.0.0.1:{self._port}"
        self._running: list[subprocess.Popen[bytes]] = []
        one.options = ["--cluster", self._address, *one.chance.choice(([], ["--no-shared"]))]

    def scheduler(self) -> subprocess.Popen[bytes]:
        """Starts a scheduler."""
        return self._start("scheduler", "--host", "127.0.0.1", "--port", str(self._port))

    def worker(self) -> subprocess.Popen[bytes]:
        """Starts a worker."""
        return self._start("worker", self._address, "--nthreads", "1", "--no-nanny", "--death-timeout", "60")

    def _start(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        folder = self._one.folder / f"dask-{len(self._running)}"
        folder.mkdir()
        command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *options, "--no-dashboard"]
        environment = self._one.environment | {"TMPDIR": str(folder)}
        quiet = subprocess.DEVNULL
        self._running.append(subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment, cwd=folder))
        return self._running[-1]

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *of_error: object) -> None:
        for process in self._running:
            process.kill()
            process.wait()
        self._one.options = []  # what is missing, this machine draws


def dask_worker_is_killed(one: Round) -> None:
    """SIGKILL of a worker of a Dask cluster; another one comes."""
    with Cluster(one) as cluster:
        cluster.scheduler()
        workers = [cluster.worker(), cluster.worker()]
        run = one.start()
        one.await_frames(run)
        one.chance.choice(workers).kill()
        cluster.worker()
        status, said = one.end(run)
        assert status == 0, said


def dask_scheduler_is_killed(one: Round) -> None:
    """SIGKILL of the scheduler of a Dask cluster, which is started again."""
    with Cluster(one) as cluster:
        scheduler = cluster.scheduler()
        for _ in range(2):
            cluster.worker()
        run = one.start()
        one.await_frames(run, least=one.chance.randrange(1, 60))  # before that, it only says that none answers
        scheduler.kill()
        scheduler.wait()
        cluster.scheduler()
        for _ in range(2):
            cluster.worker()
        status, said = one.end(run)
        assert status == 0, said


def _free_port() -> int:
    """The number of a port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
