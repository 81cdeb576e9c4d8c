"""An orbital of a hydrogen-like atom: the probability density |psi|^2 in bohr^-3 on a grid. Its integral is 1.

psi_nlm = R_nl(r) Y_lm(theta, phi), with associated Laguerre polynomials and spherical harmonics as in B. H. Bransden &
C. J. Joachain, "Physics of Atoms and Molecules", 2nd edition (2003), chapter 3. The nucleus is at rest (infinite
mass). `form: real` takes the real combinations of +m and -m as in chemistry (m > 0: cosine, m < 0: sine). `complex`
takes the eigenstates of L_z, whose density is symmetric about the z axis.

With `mix: [n, l, m]` the atom is in an equal superposition of two states. Its density beats with the difference of
their energies, E_n = -Z^2 / (2 n^2) hartree. Data times are in atomic units (24.2 attoseconds), and cover one beat.

Lengths are bohr. The default bounds reach to (2 n^2 + 5 n) / Z.

```yaml
kind: sample
name: hydrogen_orbital
n: 4
l: 2
m: 0
shape: 96
```
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.sharing.made_once import made_once
from moviemaker.core.values import BOX, POSITIVE, choice, list_of, optional
from moviemaker.data.grids.source import GridSource
from moviemaker.data.samples._base import Sample
from moviemaker.data.samples._in_memory import GridInMemory
from moviemaker.data.samples._limits import SHAPE, axes, whole_between

HIGHEST = 12
BEAT_SNAPSHOTS = 49

State = tuple[int, int, int]


N = whole_between(1, HIGHEST)
L = whole_between(0, HIGHEST - 1)
M = whole_between(1 - HIGHEST, HIGHEST - 1)
STATE = list_of(whole_between(1 - HIGHEST, HIGHEST), "three quantum numbers: [n, l, m]", (3,))


class HydrogenOrbital(Sample):
    """An orbital, or a superposition of two."""

    name: Literal["hydrogen_orbital"] = "hydrogen_orbital"
    """Name of this sample."""
    n: Annotated[int, N] = 4
    """Principal quantum number, from 1 to 12."""
    l: Annotated[int, L] = 2  # noqa: E741 - its name in every book
    """Orbital quantum number, from 0 to `n - 1`."""
    m: Annotated[int, M] = 0
    """Magnetic quantum number, from `-l` to `l`."""
    Z: Annotated[float, POSITIVE] = 1.0
    """Charge of the nucleus in elementary charges. A larger one gives a smaller atom."""
    form: Annotated[str, choice("real", "complex", noun="form")] = "real"
    """`real`: the real orbitals of chemistry. `complex`: eigenstates of L_z, symmetric about the z axis."""
    mix: Annotated[State | None, optional(STATE)] = None
    """A second state `[n, l, m]` in equal superposition with the first, so that the density beats in time."""
    shape: Annotated[tuple[int, int, int], SHAPE] = (96, 96, 96)
    """Number of samples along each axis: one number for all three, or `[nx, ny, nz]`."""
    bounds: Annotated[tuple[tuple[float, float], ...] | None, optional(BOX)] = None
    """Positions of the first and the last sample along x, y and z, in bohr. Default: up to `(2 n^2 + 5 n) / Z`."""

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        found = []
        if self.l >= self.n:
            found.append(
                InputError(f"l = {self.l} is out of range", f"for n = {self.n} write 0 to {self.n - 1}", ("l",))
            )
        if abs(self.m) > self.l:
            right = f"for l = {self.l} write {-self.l} to {self.l}" if self.l else "for l = 0 write 0"
            found.append(InputError(f"m = {self.m} is out of range", right, ("m",)))
        if self.mix is not None:
            n, l, m = self.mix  # noqa: E741
            if not 0 <= l < n or abs(m) > l:
                found.append(InputError("no such state", "write [n, l, m] with 0 <= l < n and |m| <= l", ("mix",)))
            elif self.mix == (self.n, self.l, self.m):
                found.append(InputError("mix names the same state again", "write another state", ("mix",)))
        if found:
            raise InputErrors(found)
        return self

    def open(self) -> GridSource:
        """The grid. It is computed when it is first needed, once for all processes of a render."""
        highest = max(self.n, self.mix[0] if self.mix else 0)
        reach = (2 * highest**2 + 5 * highest) / self.Z
        box = self.bounds or ((-reach, reach),) * 3
        origin, spacing = axes(self.shape, box)
        period = beat(self)
        times = None if period is None else np.linspace(0, period, BEAT_SNAPSHOTS)

        def make(name: str, index: int) -> np.ndarray:
            return density(self, box, 0.0 if times is None else float(times[index]))

        return GridSource(GridInMemory(self.shape, make, ("density",), times), origin, spacing)


def beat(orbital: HydrogenOrbital) -> float | None:
    """Period of the density of a superposition in atomic units; None: it is constant."""
    if orbital.mix is None or orbital.mix[0] == orbital.n:
        return None
    difference = orbital.Z**2 / 2 * abs(1 / orbital.n**2 - 1 / orbital.mix[0] ** 2)
    return 2 * math.pi / difference


def density(orbital: HydrogenOrbital, box: tuple[tuple[float, float], ...], time: float) -> np.ndarray:
    """|psi|^2 in bohr^-3 on the grid, float32, at a time in atomic units."""
    complex_form = orbital.form == "complex"
    first = _wave((orbital.n, orbital.l, orbital.m), orbital.Z, complex_form, orbital.shape, box)
    if orbital.mix is None:
        alone: np.ndarray = np.abs(first) ** 2
        return alone.astype(np.float32)
    second = _wave(orbital.mix, orbital.Z, complex_form, orbital.shape, box)
    energies = [-(orbital.Z**2) / (2 * n**2) for n in (orbital.n, orbital.mix[0])]
    turn = np.exp(-1j * (energies[1] - energies[0]) * time)
    both: np.ndarray = np.abs((first + second * turn) / math.sqrt(2)) ** 2
    return both.astype(np.float32)


@made_once
def _wave(
    state: State, Z: float, complex_form: bool, shape: tuple[int, int, int], box: tuple[tuple[float, float], ...]
) -> np.ndarray:
    """psi_nlm on the grid, in bohr^-1.5."""
    from scipy.special import (  # imported late, which saves `check` a quarter of a second
        eval_genlaguerre,
        lpmv,
    )

    n, l, m = state  # noqa: E741
    x, y, z = np.meshgrid(
        *(np.linspace(low, high, count) for (low, high), count in zip(box, shape, strict=True)),
        indexing="ij",
        sparse=True,
    )
    r = np.sqrt(x * x + y * y + z * z)
    rho = 2 * Z * r / n
    norm = math.sqrt((2 * Z / n) ** 3 * math.factorial(n - l - 1) / (2 * n * math.factorial(n + l)))
    radial = norm * np.exp(-rho / 2) * rho**l * eval_genlaguerre(n - l - 1, 2 * l + 1, rho)
    order = abs(m)
    ratio = math.factorial(l - order) / math.factorial(l + order)
    # At the nucleus the direction is undefined, but only l = 0, which has none, does not vanish there.
    polar = math.sqrt((2 * l + 1) / (4 * math.pi) * ratio) * lpmv(
        order, l, np.divide(z, r, out=np.ones_like(r), where=r > 0)
    )
    phi = np.arctan2(y, x)
    if complex_form:
        sign = (-1) ** order if m < 0 else 1
        wave: np.ndarray = radial * polar * sign * np.exp(1j * m * phi)
        return wave
    around = math.sqrt(2) * (np.cos(order * phi) if m > 0 else np.sin(order * phi)) if m else 1.0
    real: np.ndarray = radial * polar * around
    return real
