"""A listening socket and a canary file for hostile inputs."""

from __future__ import annotations

import socket
import threading

import pytest


@pytest.fixture
def ear():
    """The port of a socket on loopback that listens, and a list of what connected to it."""
    heard: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        done = threading.Event()

        def listen():
            while not done.is_set():
                try:
                    heard.append(server.accept()[1])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        done.set()
        thread.join()


@pytest.fixture
def canary(tmp_path):
    """A file that is never there: what harms would make it."""
    return tmp_path / "canary"
