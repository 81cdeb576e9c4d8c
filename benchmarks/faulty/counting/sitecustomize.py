"""Python runs this first: it notes the frames that are begun and kept, and sets the clock back where that is asked for.

`FAULTS_LEDGER` names the file that gets a line for each: what happened, the frame, and the process. A frame is kept
when its file has its name in the folder `FAULTS_OUT`. `FAULTS_CLOCK` is the number of seconds after which `time.time`
goes back by a day; the clock of the machine stays as it is.
"""

import os
import sys
import time

_LEDGER = os.environ.get("FAULTS_LEDGER")
_OUT = os.environ.get("FAULTS_OUT", "")
_CLOCK = float(os.environ.get("FAULTS_CLOCK", "0"))

if _CLOCK:
    _before, _since = time.time, time.monotonic()
    time.time = lambda: _before() - (86400.0 if time.monotonic() - _since > _CLOCK else 0.0)


def _note(what: str, index: int) -> None:
    descriptor = os.open(_LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{what} {index} {os.getpid()}\n".encode())
    os.close(descriptor)


def _count_begun(module: object) -> None:
    draw = module.Studio.frame

    def frame(studio: object, index: int) -> object:
        _note("begun", index)
        return draw(studio, index)

    module.Studio.frame = frame


def _count_kept(module: object) -> None:
    for name in ("put", "receive"):

        def keep(
            store: object, index: int, content: object, _keep: object = getattr(module.FrameStore, name)
        ) -> object:
            path = _keep(store, index, content)
            if str(path).startswith(_OUT):
                _note("kept", index)
            return path

        setattr(module.FrameStore, name, keep)


class _Counting:
    """Finds the modules that draw and keep frames, and lets them count."""

    def __init__(self) -> None:
        self.modules = {"moviemaker.studio": _count_begun, "moviemaker.film.store": _count_kept}

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        count = self.modules.pop(name, None)
        if count is None:
            return None
        from importlib.util import find_spec

        found = find_spec(name)
        run = found.loader.exec_module

        def counted(module: object) -> None:
            run(module)
            count(module)

        found.loader.exec_module = counted
        return found


if _LEDGER:
    sys.meta_path.insert(0, _Counting())
