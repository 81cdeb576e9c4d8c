"""Machines that are pretended on this one: each has a network, a name and folders of its own, and a share of a core.

With the rights of the superuser on Linux, a machine is a network namespace that a bridge joins to the others, with a
host name and mounts of its own. Without them all are on 127.0.0.1, share the name and the folders, and processes are
slowed down by stopping them again and again.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

PERIOD = 0.1
"""Seconds in which a slow machine gets its share of a core once."""

_CGROUPS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))
_PREPARE = 'hostname "$1"; shift; while [ "$1" != -- ]; do mount -t tmpfs none "$1"; shift; done; shift; exec "$@"'


class Machine:
    """A pretended machine.

    Args:
        name: of the machine.
        address: in the network.
        namespace: of the network; empty: that of this machine.
        core: the only core that its programs use; None: all.
        share: of the core that they get, all together.
        hidden: folders of this machine that it does not see; only with a namespace.
    """

    def __init__(
        self,
        name: str,
        address: str,
        namespace: str = "",
        core: int | None = None,
        share: float = 1.0,
        hidden: Sequence[Path] = (),
    ):
        self.name, self.address = name, address
        self._namespace, self._core, self._hidden = namespace, core, hidden
        self._share = share
        self._group = _group(name, share) if share < 1 else None
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Starts a program on the machine.

        Args:
            command: the program and its arguments.
            log: file for what it says.
        """
        inner = [*command]
        if self._namespace:
            prepare = ["sh", "-c", _PREPARE, "sh", self.name, *map(str, self._hidden), "--"]
            inner = ["ip", "netns", "exec", self._namespace, "unshare", "-u", "-m", *prepare, *inner]
        core, group = self._core, self._group

        def prepare_process() -> None:
            if core is not None:
                os.sched_setaffinity(0, {core})
            if group is not None:
                for tasks in ("cgroup.procs", "tasks"):
                    with suppress(OSError):
                        (group / tasks).write_text(str(os.getpid()))
                        break

        with open(log, "ab") as said:
            process = subprocess.Popen(
                inner,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                preexec_fn=prepare_process,
            )
        self._running.append(process)
        if self._share < 1 and group is None:
            threading.Thread(target=_slow_down, args=(process, self._share), daemon=True).start()
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Ends a program of the machine, with all that it has started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process in self._running:
            self._running.remove(process)

    def close(self) -> None:
        """Ends all programs of the machine."""
        for process in [*self._running]:
            self.kill(process)
        if self._group is not None:
            time.sleep(0.2)
            with suppress(OSError):
                self._group.rmdir()


class Network:
    """A network of pretended machines. A context, at whose end everything is taken down.

    Args:
        apart: whether machines get networks of their own, if that can be had.
    """

    def __init__(self, apart: bool = True):
        self.apart = apart and _may_part()
        self._number = os.getpid() % 250
        self._bridge = f"mmbr{self._number}"
        self._machines: list[Machine] = []
        self._namespaces: list[str] = []

    def __enter__(self) -> Network:
        if self.apart:
            _run("ip", "link", "add", self._bridge, "type", "bridge")
            _run("ip", "address", "add", f"10.213.{self._number}.1/24", "dev", self._bridge)
            _run("ip", "link", "set", self._bridge, "up")
        return self

    def machine(self, name: str, core: int | None = None, share: float = 1.0, hidden: Sequence[Path] = ()) -> Machine:
        """A new machine; the arguments are those of `Machine`."""
        if not self.apart:
            made = Machine(name, "127.0.0.1", "", core, share)
        else:
            number = len(self._machines) + 2
            space, address = f"mm{self._number}-{number}", f"10.213.{self._number}.{number}"
            self._namespaces.append(space)
            _run("ip", "netns", "add", space)
            _run(
                "ip",
                "link",
                "add",
                f"mmv{self._number}x{number}",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                space,
            )
            _run("ip", "link", "set", f"mmv{self._number}x{number}", "master", self._bridge, "up")
            for line in (f"address add {address}/24 dev eth0", "link set eth0 up", "link set lo up"):
                _run("ip", "-n", space, *line.split())
            made = Machine(name, address, space, core, share, hidden)
        self._machines.append(made)
        return made

    def __exit__(self, *of_error: object) -> None:
        for machine in self._machines:
            machine.close()
        for space in self._namespaces:
            _run("ip", "netns", "delete", space)
        if self.apart:
            _run("ip", "link", "delete", self._bridge)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _may_part() -> bool:
    """Whether this process may make networks, names and mounts."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare", "mount"))):
        return False
    name = f"mmtry{os.getpid()}"
    try:
        _run("ip", "netns", "add", name)
        _run("ip", "netns", "delete", name)
        _run("unshare", "-u", "-m", "true")
    except subprocess.CalledProcessError:
        return False
    return True


def _group(name: str, share: float) -> Path | None:
    """A control group whose programs get a share of a core; None: it cannot be had."""
    period = round(PERIOD * 1e6)
    for root in _CGROUPS:
        group = root / f"mm{os.getpid()}-{name}"
        try:
            group.mkdir()
            if (group / "cpu.cfs_quota_us").exists():
                (group / "cpu.cfs_period_us").write_text(str(period))
                (group / "cpu.cfs_quota_us").write_text(str(round(period * share)))
            else:
                (group / "cpu.max").write_text(f"{round(period * share)} {period}")
        except OSError:
            with suppress(OSError):
                group.rmdir()
            continue
        return group
    return None


def _slow_down(process: subprocess.Popen[bytes], share: float) -> None:
    """Stops a program and what it has started for a part of each period."""
    with suppress(ProcessLookupError):
        while process.poll() is None:
            os.killpg(process.pid, signal.SIGSTOP)
            time.sleep(PERIOD * (1 - share))
            os.killpg(process.pid, signal.SIGCONT)
            time.sleep(PERIOD * share)
