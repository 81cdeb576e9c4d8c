"""A hot drop in a cold gas: hard spheres in a periodic box that move in straight lines between collisions.

The spheres are smooth, elastic and of equal mass. They are moved from collision to collision by the method of B. J.
Alder & T. E. Wainwright (1959), J. Chem. Phys. 31, 459, doi:10.1063/1.1730376, which conserves energy and momentum to
rounding. Initial velocities follow the Maxwell-Boltzmann distribution with the temperature `hot` in the drop, which is
in the middle and holds the fraction `drop` of the spheres, and `cold` around it. The gas as a whole is at rest. A shock
runs outwards, and the temperatures become equal in the end.

Units: the mass of a sphere and Boltzmann's constant are 1, so that the mean square of the speed is three times the
temperature. The field `collisions` counts the collisions of each sphere so far.

```yaml
kind: sample
name: colliding_box
count: 800
length: 12
hot: 20
```
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import InputError
from moviemaker.core.sharing.made_once import made_once
from moviemaker.core.values import COUNT, FRACTION, NOT_NEGATIVE, POSITIVE, choice
from moviemaker.data.particle_sets.source import ParticleSource
from moviemaker.data.samples._base import Sample
from moviemaker.data.samples._in_memory import ParticlesInMemory
from moviemaker.data.samples._limits import whole_between

SPHERES = whole_between(2, 5000)
SNAPSHOTS = whole_between(2, 5000)


class CollidingBox(Sample):
    """The gas, and how long it is followed."""

    name: Literal["colliding_box"] = "colliding_box"
    """Name of this sample."""
    count: Annotated[int, SPHERES] = 500
    """Number of spheres, from 2 to 5000."""
    length: Annotated[float, POSITIVE] = 10.0
    """Length of the edges of the periodic box, one corner of which is at the origin."""
    diameter: Annotated[float, POSITIVE] = 0.7
    """Diameter of a sphere, in the same unit of length. It has to be smaller than the spacing of the start lattice."""
    duration: Annotated[float, POSITIVE] = 6.0
    """Time from the start to the last snapshot. Its unit follows from those of length, mass and temperature."""
    snapshots: Annotated[int, SNAPSHOTS] = 601
    """Number of snapshots, evenly spaced in time."""
    hot: Annotated[float, POSITIVE] = 20.0
    """Temperature of the drop in the middle, in units of mass times squared speed."""
    cold: Annotated[float, NOT_NEGATIVE] = 0.05
    """Temperature of the gas around the drop, in the same unit as `hot`."""
    drop: Annotated[float, FRACTION] = 0.1
    """Fraction of the spheres that belong to the hot drop."""
    seed: Annotated[int, COUNT] = 1
    """Seed of the random numbers. Another seed gives another realisation of the same model."""
    interpolation: Annotated[str, choice("linear", "hold", noun="interpolation")] = "linear"
    """How spheres move between snapshots: `linear` or `hold`."""

    @model_validator(mode="after")
    def _check_room(self) -> Self:
        room = self.length / _sites(self.count)
        if self.diameter >= room:
            what = f"{self.count} spheres of this diameter do not fit into the box"
            raise InputError(what, f"write a diameter below {room:.3g}, or a larger length", ("diameter",))
        return self

    def open(self) -> ParticleSource:
        """The gas. It is computed when it is first needed, once for all processes of a render."""
        period = (self.length, self.length, self.length)
        times = np.linspace(0, self.duration, self.snapshots)
        plain = self.model_copy(update={"interpolation": "linear"})  # the motion is the same
        snapshots = ParticlesInMemory(lambda: collide(plain), times, ("collisions",), period=period)
        return ParticleSource(snapshots, self.interpolation, period)


def _sites(count: int) -> int:
    """Sites along an edge of the cubic lattice that the spheres start on."""
    return int(np.ceil(np.cbrt(count) - 1e-9))


@made_once
def collide(gas: CollidingBox) -> Mapping[str, np.ndarray]:
    """Trajectories: `position`, `velocity` (snapshots, count, 3), `collisions` (snapshots, count) and `id` (count,)."""
    flight = _Flight(*_start(gas), gas.length, gas.diameter)
    position = np.empty((gas.snapshots, gas.count, 3), np.float32)
    velocity = np.empty_like(position)
    collisions = np.empty((gas.snapshots, gas.count), np.int32)
    for index, time in enumerate(np.linspace(0, gas.duration, gas.snapshots).tolist()):
        flight.fly_to(time)
        position[index] = np.mod(flight.x, gas.length)
        velocity[index], collisions[index] = flight.v, flight.collisions
    return {"position": position, "velocity": velocity, "collisions": collisions, "id": np.arange(gas.count)}


def _start(gas: CollidingBox) -> tuple[np.ndarray, np.ndarray]:
    """Initial positions and velocities (n, 3): on a perturbed lattice, without overlaps."""
    rng = np.random.default_rng(gas.seed)
    edge = _sites(gas.count)
    room = gas.length / edge
    sites = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    sites = sites[np.sort(rng.permutation(len(sites))[: gas.count])]
    x = (sites + 0.5) * room + rng.uniform(-0.5, 0.5, (gas.count, 3)) * (room - gas.diameter)
    away = np.linalg.norm(x - gas.length / 2, axis=1)
    inside = np.argsort(np.argsort(away, kind="stable")) < round(gas.drop * gas.count)
    v = rng.standard_normal((gas.count, 3)) * np.sqrt(np.where(inside, gas.hot, gas.cold))[:, None]
    return x, v - v.mean(axis=0)


class _Flight:
    """The spheres between two collisions.

    Attributes:
        x, v: positions (not wrapped into the box) and velocities (n, 3) at the current time.
        collisions: number of collisions of each sphere so far (n,).
    """

    def __init__(self, x: np.ndarray, v: np.ndarray, length: float, diameter: float):
        self.x, self.v = x, v
        self.collisions = np.zeros(len(x), np.int32)
        self._length, self._diameter = length, diameter
        self._now = 0.0
        self._look_round()

    def fly_to(self, time: float) -> None:
        """Advances the spheres to a time."""
        while True:
            first = int(np.argmin(self._when))
            until = min(float(self._when[first]), self._horizon, time)
            self.x += (until - self._now) * self.v
            self._now = until
            if until == self._when[first]:
                self._collide(first, int(self._whom[first]))
            elif until == self._horizon:
                self._look_round()
            else:
                return

    def _look_round(self) -> None:
        """Predicts the next collision of every sphere.

        Predictions end at the horizon, before two spheres can have approached by half of the box: until then only their
        nearest images can meet.
        """
        fastest = float(np.sqrt((self.v**2).sum(axis=1).max()))
        reach = self._length / 2 - self._diameter
        self._horizon = self._now + reach / (2 * fastest) if fastest > 0 else np.inf
        self._when = np.full(len(self.x), np.inf)
        self._whom = np.zeros(len(self.x), np.int64)
        for one in range(len(self.x)):
            self._foresee(one)

    def _foresee(self, one: int) -> None:
        """Predicts the next collision of a sphere."""
        apart = self.x - self.x[one]
        apart -= self._length * np.rint(apart / self._length)
        drift = self.v - self.v[one]
        nearing = np.einsum("ij,ij->i", apart, drift)
        speed = np.einsum("ij,ij->i", drift, drift)
        gap = np.einsum("ij,ij->i", apart, apart) - self._diameter**2
        root = nearing**2 - speed * gap
        meet = np.flatnonzero((nearing < 0) & (root > 0))
        if not len(meet):
            self._when[one] = np.inf
            return
        wait = np.maximum(gap[meet] / (np.sqrt(root[meet]) - nearing[meet]), 0.0)
        soonest = int(np.argmin(wait))
        self._when[one], self._whom[one] = self._now + wait[soonest], meet[soonest]

    def _collide(self, one: int, other: int) -> None:
        """Two smooth spheres of equal mass exchange the components of their velocities along the line of centres."""
        line = self.x[other] - self.x[one]
        line -= self._length * np.rint(line / self._length)
        line /= np.linalg.norm(line)
        passed = ((self.v[one] - self.v[other]) @ line) * line
        self.v[one] -= passed
        self.v[other] += passed
        self.collisions[[one, other]] += 1
        # They may now be faster than any sphere was when the horizon was set.
        fastest = float(np.sqrt(max(self.v[one] @ self.v[one], self.v[other] @ self.v[other])))
        self._horizon = min(self._horizon, self._now + (self._length / 2 - self._diameter) / (2 * fastest))
        for changed in (one, other, *np.flatnonzero((self._whom == one) | (self._whom == other)).tolist()):
            self._foresee(changed)
