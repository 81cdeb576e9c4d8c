"""Takes workers into service: asks them what they are, refuses those that would draw other pictures, gives the job."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace

from moviemaker.core.errors import UserError
from moviemaker.core.fingerprint import distribution_name, plugin_packages
from moviemaker.core.machine.leftovers import run_name
from moviemaker.farm.cluster.link import Link
from moviemaker.farm.cluster.messages import Answer, Kit, Question
from moviemaker.farm.cluster.parcels import LARGEST, files_of, parcel_of, to_check
from moviemaker.farm.cluster.remote import equip, greet
from moviemaker.farm.cluster.seats import Seat
from moviemaker.farm.cluster.versions import differences, versions
from moviemaker.farm.crew.contract import Job


@dataclass(frozen=True)
class Refusal:
    """Why a worker is not used: what is wrong, what would be right, and whether others may draw without it."""

    what: str
    instead: str
    is_spared: bool = False

    def error(self) -> UserError:
        """The same as an error."""
        return UserError(f"{self.what}; {self.instead}")


class Joining:
    """What every worker is asked and given for a job.

    Args:
        run: name of the render.
        number: of the job.
        job: with absolute paths.
        shared: whether frames are kept by the workers that can.
        probe: name of the probe file in the store's folder.
    """

    def __init__(self, run: str, number: int, job: Job, shared: bool, probe: str):
        self._job, self._pickled = job, pickle.dumps(job)
        self._files = files_of(job)
        self._parcel: dict[str, bytes] | None = None
        plugins = _plugins(job)
        self._mine = versions(plugins)
        self._question = Question(
            job.store.folder if shared else None, probe, to_check(self._files), plugins, run_name()
        )
        self._kit = Kit(run, number, self._pickled, True)

    def greet(self, link: Link, seat: Seat, sharing: int) -> None:
        """Asks a worker about itself.

        Args:
            link: to the worker.
            seat: the worker.
            sharing: number of workers on its machine.
        """
        seat.state = "greeted"
        asked = pickle.dumps(replace(self._question, sharing=sharing))
        link.ask(("greeted", seat, "", 0), seat.address, greet, self._kit.run, asked)

    def equip(self, link: Link, seat: Seat, answered: object) -> Refusal | None:
        """Gives a worker the job, if its answer allows.

        Args:
            link: to the worker.
            seat: the worker.
            answered: what it says about itself, or an error.

        Returns:
            Why the worker is not used; None: it is.
        """
        if not isinstance(answered, bytes):
            return _unusable(seat, answered)
        answer: Answer = pickle.loads(answered)
        seat.host, seat.keeps = answer.host, answer.keeps
        found = answer.findings
        if different := differences(self._mine, found.versions):
            what = f"the worker on {seat.machine} has {' and '.join(different)}, and would draw other pictures"
            return Refusal(what, "install the same packages there as here, and start it again")
        kit = replace(self._kit, keeps=answer.keeps)
        if found.unreadable:
            if self._parcel is None:
                self._parcel = parcel_of(self._files)
            if self._parcel is None:
                path, why = next(iter(found.unreadable.items()))
                more = f" and {len(found.unreadable) - 1} more" if len(found.unreadable) > 1 else ""
                right = f"put the data where all machines read them; up to {LARGEST >> 20} MB are sent to the workers"
                return Refusal(f"the worker on {seat.machine} cannot read {path}{more} ({why})", right, is_spared=True)
            kit = replace(kit, parcel=self._parcel)
        seat.state = "equipped"
        link.ask(("equipped", seat, "", 0), seat.address, equip, pickle.dumps(kit))
        return None


def _unusable(seat: Seat, error: object) -> Refusal:
    """Why a worker that could not even answer is not used."""
    text = " ".join(str(error).split())
    if "deserialization of the task graph" in text:
        return Refusal(
            "the scheduler cannot read what is sent to the workers",
            "install the same moviemaker where the scheduler runs",
        )
    what = f"the worker on {seat.machine} cannot load moviemaker ({type(error).__name__}: {text[:160]})"
    return Refusal(what, "install the same moviemaker there as here, and start it again")


def _plugins(job: Job) -> tuple[str, ...]:
    """Packages whose plug-ins the frames are made with."""
    scene = job.script.scene
    output = scene.outputs[job.output]
    used = {name for name, _ in job.store.made_from}
    kinds = [scene.data, job.script.layers, scene.lights, scene.camera, output.lens, output.rig]
    sources = [type(source) for source in job.sources.values()]
    return tuple(name for name in plugin_packages([*kinds, *sources]) if f"plug-in {distribution_name(name)}" in used)


def machines(seats: Sequence[Seat]) -> str:
    """How many workers there are on which machines, in words."""
    hosts = sorted({seat.machine for seat in seats})
    shown = ", ".join(hosts[:4]) + (" ..." if len(hosts) > 4 else "")
    one = "1 worker" if len(seats) == 1 else f"{len(seats)} workers"
    return f"{one} on {len(hosts)} machine{'' if len(hosts) == 1 else 's'} ({shown})"
