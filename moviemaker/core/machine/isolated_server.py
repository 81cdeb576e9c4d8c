"""The process behind `isolated`: it imports libraries once, and calls each function in a child of its own.

Orders arrive as lines of JSON on standard input, and each is answered by one line on standard output. When standard
input ends, because the program has ended, the child and this process end too.
"""

from __future__ import annotations

import importlib
import json
import os
import selectors
import signal
import time
from contextlib import suppress
from typing import Any

from moviemaker.core.machine import isolated
from moviemaker.core.machine.sandbox import confine

_MOST_WORDS = 1 << 16
"""Bytes kept of what a child writes to standard error."""

_LOOK_AGAIN = 0.25
"""Seconds between looks at a child."""

_MOST_IDLE = 1.5
"""Seconds for which a child may wait for something else than a disk, such as the other end of a pipe."""


def main() -> None:
    """Answers orders until standard input ends."""
    isolated.INSIDE = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    for line in os.fdopen(os.dup(0), "r", encoding="utf-8"):
        order = json.loads(line)
        for module in order["modules"]:
            with suppress(BaseException):  # whoever asks meets the same error, and reports it
                importlib.import_module(module)
        answers.write(json.dumps(_carried_out(order)) + "\n")
        answers.flush()
    os._exit(0)  # at once: libraries take long to tidy up


def _carried_out(order: dict[str, Any]) -> dict[str, Any]:
    """Runs a function in a child."""
    value_end, value_start = os.pipe()
    words_end, words_start = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _be_child(order, value_start, words_start)
        finally:
            os._exit(70)
    os.close(value_start)
    os.close(words_start)
    texts, late = _heard(child, {value_end: b"", words_end: b""}, time.monotonic() + order["wall"])
    _, status = os.waitpid(child, 0)
    value, words = (text.decode("utf-8", "replace") for text in texts.values())
    return {"status": os.waitstatus_to_exitcode(status), "value": value, "words": words, "late": late}


def _be_child(order: dict[str, Any], value_start: int, words_start: int) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(words_start, 2)
    module, _, name = order["function"].partition(":")
    function = getattr(importlib.import_module(module), name)
    confine(order["bytes"], order["seconds"])
    try:
        found = function(*order["arguments"])
        answer = {"returned": None if found is None else str(found)}
    except MemoryError:
        answer = {"failed": "MemoryError"}
    except BaseException as error:
        answer = {"failed": f"{type(error).__name__}"}
    with os.fdopen(value_start, "w", encoding="utf-8", errors="replace") as file:
        json.dump(answer, file)
    os._exit(0)


def _heard(child: int, texts: dict[int, bytes], until: float) -> tuple[dict[int, bytes], str]:
    """What a child writes before it ends, and why it had to be stopped: "time" or "waits"; empty: it ended itself."""
    late = ""
    idle = _Idle(child)
    with selectors.DefaultSelector() as selector:
        for pipe in (*texts, 0):
            selector.register(pipe, selectors.EVENT_READ)
        left = len(texts)
        while left:
            ready = selector.select(_LOOK_AGAIN)
            if not late and (time.monotonic() > until or idle.waits()):
                late = "time" if time.monotonic() > until else "waits"
                os.kill(child, signal.SIGKILL)
            for key, _ in ready:
                block = os.read(key.fd, 1 << 16)
                if key.fd == 0:  # the program has ended: it sends nothing before it has an answer
                    os.kill(child, signal.SIGKILL)
                    os._exit(0)
                if block:
                    texts[key.fd] = (texts[key.fd] + block)[:_MOST_WORDS]
                else:
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    left -= 1
    return texts, late


class _Idle:
    """Whether a process sleeps, not for a disk, without computing anything in between (Linux)."""

    def __init__(self, process: int):
        self._path = f"/proc/{process}/stat"
        self._computed = ""
        self._since = time.monotonic()

    def waits(self) -> bool:
        try:
            with open(self._path, encoding="ascii", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            return False
        state, computed = fields[0], " ".join(fields[11:13])
        if state != "S" or computed != self._computed:
            self._computed, self._since = computed, time.monotonic()
        return time.monotonic() - self._since > _MOST_IDLE
