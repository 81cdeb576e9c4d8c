"""A satellite of the Milky Way that tides tear into a stream: particles with ids and velocities.

The satellite moves in the gravity of the Milky Way (MWPotential2014, Bovy 2015). Its stars leave it one by one through
the two Lagrange points, with the distribution that M. A. Fardal, S. Huang & M. D. Weinberg (2015), MNRAS 452, 301,
doi:10.1093/mnras/stv1522 found in N-body simulations (factors k_r = 2 and k_vphi = 0.3, with a spread of 0.5 in these,
k_z and k_vz). Afterwards they are test particles. Orbits are integrated by leapfrog, in steps of at most 1 Myr.

Stars that have not left yet, and the fraction that never leaves (`bound`), move with the satellite as a Plummer sphere
(Plummer 1911, MNRAS 71, 460) whose size follows from the tidal radius at the start. They do not move inside of it.

Units: kpc and Myr, velocities kpc/Myr (1 kpc/Myr = 977.8 km/s). The plane of the Milky Way's disk is z = 0. The field
`released` is the time at which a star leaves (NaN: never). `arm` is 1 in the leading arm, -1 in the trailing one, and 0
in the satellite.

```yaml
kind: sample
name: tidal_stream
count: 10000
duration: 4000
mass: 20000000
```
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np

from moviemaker.core.fields import Vector
from moviemaker.core.sharing.made_once import made_once
from moviemaker.core.values import COUNT, FRACTION, POSITIVE, VECTOR, Value, choice
from moviemaker.data.particle_sets.source import ParticleSource
from moviemaker.data.samples._base import Sample
from moviemaker.data.samples._in_memory import ParticlesInMemory
from moviemaker.data.samples._limits import whole_between
from moviemaker.data.samples._milky_way import G, acceleration

LONGEST_STEP = 1.0
"""Longest time step of the integration, Myr."""

STARS = whole_between(2, 200_000)
SNAPSHOTS = whole_between(2, 2000)
SEED: Value = COUNT


class TidalStream(Sample):
    """A satellite and its stream."""

    name: Literal["tidal_stream"] = "tidal_stream"
    """Name of this sample."""
    count: Annotated[int, STARS] = 10_000
    """Number of stars."""
    duration: Annotated[float, POSITIVE] = 4000.0
    """Time from the start to the last snapshot, in Myr."""
    snapshots: Annotated[int, SNAPSHOTS] = 121
    """Number of snapshots, evenly spaced in time."""
    mass: Annotated[float, POSITIVE] = 2e7
    """Mass of the satellite in solar masses. A heavier one gives a wider and longer stream."""
    position: Annotated[Vector, VECTOR] = (30.0, 0.0, 0.0)
    """Position of the satellite at the start, in kpc from the centre of the Milky Way."""
    velocity: Annotated[Vector, VECTOR] = (0.0, 0.09, 0.11)
    """Velocity of the satellite at the start, in kpc/Myr (1 kpc/Myr is 977.8 km/s)."""
    bound: Annotated[float, FRACTION] = 0.05
    """Fraction of the stars that never leave the satellite."""
    seed: Annotated[int, SEED] = 1
    """Seed of the random numbers. Another seed gives another realisation of the same model."""
    interpolation: Annotated[str, choice("linear", "hermite", "hold", noun="interpolation")] = "hermite"
    """How particles move between snapshots: `linear`, `hermite` (with their velocities) or `hold`."""

    def open(self) -> ParticleSource:
        """The stream. It is computed when it is first needed, once for all processes of a render."""
        times = np.linspace(0, self.duration, self.snapshots)
        plain = self.model_copy(update={"interpolation": "linear"})  # the orbits are the same
        snapshots = ParticlesInMemory(lambda: integrate(plain), times, ("released", "arm"))
        return ParticleSource(snapshots, self.interpolation)


@made_once
def integrate(stream: TidalStream) -> Mapping[str, np.ndarray]:
    """Orbits of all stars: `position` and `velocity` (snapshots, count, 3), `id`, `released` and `arm` (count,)."""
    per_snapshot = max(1, int(np.ceil(stream.duration / (stream.snapshots - 1) / LONGEST_STEP)))
    steps = per_snapshot * (stream.snapshots - 1)
    dt = stream.duration / steps
    track = _orbit(np.array(stream.position), np.array(stream.velocity), steps, dt)

    rng = np.random.default_rng(stream.seed)
    count = stream.count
    free = count - round(stream.bound * count)
    # Evenly in time, alternately into the two arms. Stars beyond `free` never leave.
    leaves = np.full(count, steps + 1)
    leaves[:free] = np.minimum((np.arange(free) + rng.random(free)) / max(free, 1) * steps, steps - 1).astype(int)
    arm = np.where(np.arange(count) % 2, -1, 1)
    arm[free:] = 0
    x, v = _released(track, leaves[:free], arm[:free], stream.mass, rng)
    offsets = _plummer(count, _tidal_radius(track[:, 0, :1], track[:, 1, :1], stream.mass)[0] / 4, rng)

    position = np.empty((stream.snapshots, count, 3), np.float32)
    velocity = np.empty_like(position)
    gone = np.searchsorted(leaves[:free], np.arange(steps + 1), side="right")  # stars that have left by each step
    a = np.zeros_like(x)
    before = 0
    for step in range(steps + 1):
        now = int(gone[step])
        if now > before:
            a[:, before:now] = acceleration(x[:, before:now])
            before = now
        if step % per_snapshot == 0:
            index = step // per_snapshot
            position[index, :now], velocity[index, :now] = x[:, :now].T, v[:, :now].T
            position[index, now:] = track[:, 0, step] + offsets[now:]
            velocity[index, now:] = track[:, 1, step]
        v[:, :now] += (dt / 2) * a[:, :now]
        x[:, :now] += dt * v[:, :now]
        a[:, :now] = acceleration(x[:, :now])
        v[:, :now] += (dt / 2) * a[:, :now]
    released = np.full(count, np.nan)
    released[:free] = leaves[:free] * dt
    return {"position": position, "velocity": velocity, "id": np.arange(count), "released": released, "arm": arm}


def _orbit(position: np.ndarray, velocity: np.ndarray, steps: int, dt: float) -> np.ndarray:
    """One leapfrog orbit: (3, 2, steps + 1), positions and velocities at every step."""
    x, v = position.reshape(3, 1).astype(float), velocity.reshape(3, 1).astype(float)
    track = np.empty((3, 2, steps + 1))
    a = acceleration(x)
    for step in range(steps + 1):
        track[:, 0, step], track[:, 1, step] = x[:, 0], v[:, 0]
        v = v + (dt / 2) * a
        x = x + dt * v
        a = acceleration(x)
        v = v + (dt / 2) * a
    return track


def _tidal_radius(x: np.ndarray, v: np.ndarray, mass: float) -> np.ndarray:
    """King's radius (1962, AJ 67, 471): (G m / (Omega^2 - d2Phi/dr2))^(1/3) along an orbit, x and v (3, n)."""
    r = np.linalg.norm(x, axis=0)
    outwards = x / r
    spin = np.linalg.norm(np.cross(x, v, axis=0), axis=0) / r**2
    nudge = 1e-2 * r
    curvature = -np.sum(outwards * (acceleration(x + nudge * outwards) - acceleration(x - nudge * outwards)), axis=0)
    # On a plunging orbit the angular speed may be too small; then the tide alone decides.
    tide = np.maximum(spin**2 - curvature / (2 * nudge), 1e-9)
    radius: np.ndarray = np.cbrt(G * mass / tide)
    return radius


def _released(
    track: np.ndarray, leaves: np.ndarray, arm: np.ndarray, mass: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities (3, n) of stars when they leave; the leading arm leaves towards the centre."""
    x, v = track[:, 0, leaves], track[:, 1, leaves]
    r = np.linalg.norm(x, axis=0)
    outwards = x / r
    upwards = np.cross(x, v, axis=0)
    spin = np.linalg.norm(upwards, axis=0) / r**2
    upwards = upwards / np.linalg.norm(upwards, axis=0)
    onwards = np.cross(upwards, outwards, axis=0)
    reach = _tidal_radius(x, v, mass) * -arm
    normal = rng.standard_normal((4, len(leaves)))
    k_r = 2.0 + 0.5 * normal[0]
    k_phi = k_r * (0.3 + 0.5 * normal[1])
    k_z, k_vz = 0.5 * normal[2], 0.5 * normal[3]
    return (x + reach * (k_r * outwards + k_z * upwards), v + reach * spin * (k_phi * onwards + k_vz * upwards))


def _plummer(count: int, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Positions (count, 3) in a Plummer sphere, truncated at nine tenths of its mass."""
    mass = rng.uniform(0.0, 0.9, count)
    r = scale / np.sqrt(np.maximum(mass, 1e-12) ** (-2 / 3) - 1)
    direction = rng.standard_normal((count, 3))
    offsets: np.ndarray = direction / np.linalg.norm(direction, axis=1, keepdims=True) * r[:, None]
    return offsets
