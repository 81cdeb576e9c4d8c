"""The connection to a Dask scheduler: tasks go out, and everything that comes back waits in one queue."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from moviemaker.core.errors import InputError, MoviemakerError, UserError
from moviemaker.core.machine.temporary import temporary_folder
from moviemaker.core.values import Value

if TYPE_CHECKING:
    from distributed import Client, LocalCluster
    from distributed import Future as Task

LOCAL = "local"
"""In place of an address: a cluster of this process alone, which listens on no address for work."""

_CONNECT = 10.0  # seconds for a connection, and for each answer that makes it one to a scheduler
_ANSWER = 20.0  # seconds for a list of the workers
_LONGEST = 1 << 32  # bytes of the first message of a scheduler; text is a larger number
_SCHEMES = ("tcp", "tls")
_FOLDER = "MOVIEMAKER_CLUSTER"
_ELSE = "what listens there is something else"

Event = tuple[Any, Any, float]
"""What was asked, as `ask` was told, and the answer or an exception; or one of the words below, and what they say. When
it came, by the monotonic clock: it may have waited here since."""

WORKERS, GONE = "workers", "gone"
"""All workers by address, and how many threads they have; a worker that has gone, and whether it was expected to."""


def _address(written: object) -> str:
    text = str(written)
    if text == LOCAL:
        return text
    try:
        parts = urlsplit(text)
        right = parts.scheme in _SCHEMES and bool(parts.hostname) and bool(parts.port) and not parts.path.strip("/")
    except ValueError:
        right = False
    if not right:
        raise InputError(f"{text!r} is not the address of a Dask scheduler", f"write {_example(text)}, or {LOCAL}")
    return text.rstrip("/")


def _example(text: str) -> str:
    host, _, port = text.rpartition("://")[2].strip("/").rpartition(":")
    return f"tcp://{host}:{port}" if host and port.isdigit() and "/" not in host else "tcp://HOST:8786"


ADDRESS = Value(
    "the address of a Dask scheduler, such as tcp://host:8786, or local", _address, {"type": "string"}, mix=None
)


class Link:
    """A connection to a scheduler, which may be lost and made again.

    Args:
        address: of the scheduler, or `local`.
        workers: of a local cluster.
    """

    def __init__(self, address: str, workers: int):
        self.address = address
        self._workers = workers
        self._cluster: LocalCluster | None = None
        self._client: Client | None = None
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._levels: list[tuple[logging.Logger, int]] = []

    @property
    def is_up(self) -> bool:
        """Whether the scheduler can be asked."""
        return self._client is not None and self._client.status == "running"

    def open(self) -> None:
        """Connects.

        Raises:
            UserError: `distributed` is not installed, or certificates are not configured.
            MoviemakerError: no scheduler answers.
        """
        _check_installed()
        self.close()
        self._quiet()
        if self.address == LOCAL:
            self._cluster = _local_cluster(self._workers)
        else:
            self._check_answers()
        try:
            self._client = _connected(self._cluster or self.address)
        except (TypeError, RuntimeError) as error:  # of TLS without certificates
            if self.address.startswith("tls:"):
                why = "distributed.comm.tls in Dask's configuration names no certificates that can be used"
                raise UserError(f"{self.address}: {why} ({_words(error)}); see docs.dask.org, TLS/SSL") from error
            raise MoviemakerError(self._no_scheduler(_words(error))) from error
        except (OSError, ValueError, ImportError) as error:
            raise MoviemakerError(self._no_scheduler(_words(error))) from error
        self._client.subscribe_topic("all", self._hear_of)

    def _no_scheduler(self, why: str) -> str:
        return f"no Dask scheduler answers at {self.address} ({why}); start one with: dask scheduler"

    def _check_answers(self) -> None:
        """A connection whose failure says why, which that of Dask does not."""
        parts = urlsplit(self.address)
        try:
            with socket.create_connection((parts.hostname, parts.port), _CONNECT) as connection:
                if parts.scheme == "tcp" and not _begins_as_dask(connection):
                    raise MoviemakerError(self._no_scheduler(_ELSE))
        except OSError as error:
            raise MoviemakerError(self._no_scheduler(error.strerror or str(error))) from error

    def _hear_of(self, event: tuple[float, object]) -> None:
        message = event[1]
        if isinstance(message, dict) and message.get("action") == "remove-worker":
            self._put(GONE, (message.get("worker"), bool(message.get("expected"))))

    def _put(self, what: object, told: object) -> None:
        self._events.put((what, told, time.monotonic()))

    def look(self) -> None:
        """Asks for the workers, which will be among the events."""

        async def list_of_workers() -> None:
            with suppress(Exception):  # the connection may be lost, which `is_up` says
                found = await asyncio.wait_for(self._running.scheduler.ncores(), _ANSWER)
                self._put(WORKERS, dict(found))

        self._start(list_of_workers())

    def ask(self, what: object, worker: str, function: Callable[..., bytes], *args: object) -> Task:
        """Gives a task to a worker. The answer will be among the events.

        Args:
            what: comes back with the answer.
            worker: its address.
            function: of a module that the worker has.
            args: plain values that the scheduler may read.
        """
        key = f"moviemaker-{function.__name__}-{os.urandom(8).hex()}"
        options: Any = {"workers": [worker], "allow_other_workers": False, "pure": False, "retries": 0, "key": key}
        future = self._running.submit(function, *args, **options)

        async def follow() -> None:
            try:
                self._put(what, await future)
            except (Exception, asyncio.CancelledError) as error:
                self._put(what, error)

        self._start(follow())
        return future

    def tell(self, workers: list[str], function: Callable[..., object], *args: object, seconds: float = 0.0) -> None:
        """Has a function run by workers at once, beside their tasks. Nothing is heard of it.

        Args:
            workers: their addresses.
            function: of a module that the workers have.
            args: plain values.
            seconds: longest wait for it to be done (default: none).
        """

        async def run() -> None:
            with suppress(Exception):
                await self._running._run(function, *args, workers=workers, on_error="ignore")

        started = self._start(run())
        with suppress(TimeoutError):
            started.result(seconds)

    def hear(self, seconds: float) -> list[Event]:
        """What has come back: at least one event, unless none comes in so many seconds."""
        found = []
        with suppress(Empty):
            found.append(self._events.get(timeout=max(0.0, seconds)))
            while True:
                found.append(self._events.get_nowait())
        return found

    def close(self) -> None:
        """Ends the connection, and a local cluster. What has come back and was not heard is dropped."""
        client, self._client = self._client, None
        cluster, self._cluster = self._cluster, None
        with suppress(Exception):
            if client is not None:
                client.close(timeout=2)
        with suppress(Exception):
            if cluster is not None:
                cluster.close(timeout=5)
        self._events = SimpleQueue()
        while self._levels:
            logger, level = self._levels.pop()
            logger.setLevel(level)

    def _quiet(self) -> None:
        """Keeps Dask's log from the terminal for as long as the link is open: what matters is said by the reporter."""
        for name in [*logging.root.manager.loggerDict]:
            if name.partition(".")[0] == "distributed":
                logger = logging.getLogger(name)
                self._levels.append((logger, logger.level))
                logger.setLevel(logging.CRITICAL + 1)

    @property
    def _running(self) -> Client:
        assert self._client is not None
        return self._client

    def _start(self, work: Any) -> Future[Any]:
        loop: Any = self._running.loop
        return asyncio.run_coroutine_threadsafe(work, loop.asyncio_loop)


def _check_installed() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        what = "drawing on a cluster needs dask.distributed"
        raise UserError(f"{what}; install it with pip install 'moviemaker[cluster]'") from None


def _local_cluster(workers: int) -> LocalCluster:
    """A scheduler and workers in this process. The workers draw in processes of their own.

    They speak to each other in memory: a port that takes work, even one of this machine alone, would let all its other
    users run programs here. What Dask opens besides is on 127.0.0.1, and has no pages. Its files lie where only this
    user may look, unless Dask's configuration names a place: by itself it takes a folder that anyone may have made.
    """
    import dask
    from distributed import LocalCluster

    with dask.config.set({"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=False,
            memory_limit=None,
            local_directory=dask.config.get("temporary-directory", None) or str(temporary_folder(_FOLDER)),
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )


def _connected(to: LocalCluster | str) -> Client:
    """A client of a scheduler.

    Dask waits for ever for a program that takes connections and says nothing. So a thread of its own waits, which is
    left if that takes too long.

    Raises:
        OSError, ValueError, ImportError, TypeError, RuntimeError: there is none.
    """
    from distributed import Client

    found: Future[Client] = Future()

    def connect() -> None:
        try:
            client = Client(to, timeout=_CONNECT, set_as_default=False, name="moviemaker")
        except BaseException as error:
            found.set_exception(error)
            return
        if found.set_running_or_notify_cancel():
            found.set_result(client)
        else:
            client.close(timeout=0)

    threading.Thread(target=connect, name="connecting", daemon=True).start()
    try:
        return found.result(3 * _CONNECT)
    except TimeoutError:
        if found.done():  # it is of Dask, which says more
            raise
        found.cancel()
        raise OSError(_ELSE) from None


def _begins_as_dask(connection: socket.socket) -> bool:
    """Whether whoever was called speaks first, and begins with the length of a short message, as Dask does.

    Web pages wait for a question, such as those of the scheduler, on another port. Other programs begin with text.
    """
    try:
        first = connection.recv(8, socket.MSG_WAITALL)
    except TimeoutError:
        return False
    return len(first) == 8 and int.from_bytes(first, "little") < _LONGEST


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
