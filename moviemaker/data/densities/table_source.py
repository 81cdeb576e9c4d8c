"""Densities of tables that may be larger than memory: their rows are read piece by piece and added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Grid, Vector
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.progress import LONG, Progress, Silent
from moviemaker.core.sharing.disk_cache import kept
from moviemaker.data.densities.chunked_tables import Counts, Piece, Table
from moviemaker.data.densities.kde import NOTHING, Moments, moments
from moviemaker.data.densities.lattice import Frame, Lattice, resolve
from moviemaker.data.densities.settings import DensitySettings
from moviemaker.data.densities.source import VERSION, check_mass, weightless
from moviemaker.data.particle_sets.periodic_box import FILE, Period, PeriodicBox
from moviemaker.data.particle_sets.positions import not_finite


class TableDensity:
    """The density of a table, which does not move.

    Args:
        table: whose density it is.
        settings: of the density.
        period: of the periodic box, which begins at the origin; None: space is not periodic.

    Raises:
        InputError: at `period`: the file gives no box; at `bounds`: the box is oblique.
    """

    sample_type = Grid

    def __init__(self, table: Table, settings: DensitySettings, period: Period | None = None):
        self._table = table
        self._settings = settings
        self._box: np.ndarray | None = None
        self._given: dict[tuple[str, ...], Grid] = {}
        self._progress: Progress = Silent()
        if period == FILE:
            if table.box is None:
                right = "write the lengths of the box, period: [a, b, c], or leave period out"
                raise InputError("the files do not give a periodic box", right, ("period",))
            self._box = table.box
        elif period is not None:
            self._box = PeriodicBox(period).vectors
        if self._box is not None and settings.bounds is not None and np.any(self._box - np.diag(np.diag(self._box))):
            what = "bounds are along x, y and z, and the periodic box is oblique"
            raise InputError(what, "leave bounds out", ("bounds",))

    def report_to(self, progress: Progress) -> None:
        """Takes the reporter for the reading of the table."""
        self._progress = progress

    @property
    def times(self) -> np.ndarray | None:
        """None: the density does not move."""
        return None

    @property
    def fields(self) -> tuple[str, ...]:
        """The density, its logarithm, and for a histogram the count in each cell."""
        return self._settings.fields

    @property
    def files(self) -> tuple[str, ...]:
        """Those of the table."""
        return tuple(str(path) for path in self._table.paths)

    def columns(self, field: str) -> int:
        """One: a density is a number.

        Raises:
            InputError: no field of this name.
        """
        self._settings.check_field(field)
        return 1

    def at(self, time: float, fields: Sequence[str] = ()) -> Grid:
        """The density, the same at any time.

        Raises:
            InputError: no field of this name, or the table has no density.
        """
        names = self._settings.chosen(fields)
        if names not in self._given:
            self._given[names] = self._lattice.grid(self._made, names)
        return self._given[names]

    @cached_property
    def _lattice(self) -> Lattice:
        covariance = self._made.get("covariance")
        bounds = tuple((float(low), float(high)) for low, high in self._made["bounds"])
        fine = float(self._made.get("fine", 1.0))
        return Lattice(self._settings, Frame(bounds, covariance, fine), self._box)

    @cached_property
    def _made(self) -> Mapping[str, np.ndarray]:
        made_from = self._table.fingerprint
        if made_from is None:
            return self._make()
        box = None if self._box is None else self._box.tolist()
        return kept(fingerprint("table", VERSION, made_from, self._settings, box), self._make, lasting=True)

    def _make(self) -> Mapping[str, np.ndarray]:
        """Reads the table: first to find bounds and bandwidth, if these are not given, and then to add up particles."""
        kde = self._settings.method == "kde"
        found, counts = NOTHING, Counts()
        twice = kde or self._settings.bounds is None
        if twice:
            for position, mass in self._pieces(counts, "finding the particles"):
                found += moments(position, mass)
            self._check(found, counts)
        frame = resolve(self._settings, [found])
        lattice = Lattice(self._settings, frame, self._box)
        ends = (found.low, found.high) if twice else (np.zeros(3), np.zeros(3))
        summed = lattice.sum(*ends)
        counts = Counts()
        for position, mass in self._pieces(counts, "adding them up"):
            summed.add(position, mass)
        total = 1.0 if self._table.weights is not None else float(found.mass)
        kept_counts = np.array([counts.rows, counts.astray, counts.weightless, summed.added])
        facts = {"bounds": np.array(frame.bounds), "counts": kept_counts}
        if frame.covariance is not None:
            facts |= {"covariance": frame.covariance, "fine": np.array(frame.fine)}
        return {**summed.fields(total), **facts}

    def _check(self, found: Moments, counts: Counts) -> None:
        if not found.count:
            at = ("select",) if self._table.condition is not None and not counts.astray else ("file",)
            raise InputError(
                "no row of the table is left", "loosen the condition, or check how the file was written", at
            )
        if self._settings.method == "kde":
            check_mass(found, self._table.weights)

    def _pieces(self, counts: Counts, what: str) -> Iterator[Piece]:
        paths = self._table.paths
        name = paths[0].name if paths else "a table"
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        task = self._progress.task(f"density of {name}{more}: {what}", self._table.count, "row", after=LONG)
        with task as advance:
            for position, mass in self._table.pieces(counts):
                if self._box is not None and position.size:
                    position = np.ascontiguousarray(PeriodicBox(self._box).wrapped(position.T, np.zeros(3)).T)
                yield position, mass
                advance(counts.rows)

    def center(self, time: float) -> Vector:
        """Centre of the bounds."""
        return self._lattice.center

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The values of a field, flat.

        Raises:
            InputError: no field of this name.
        """
        self._settings.check_field(field)
        return iter([self.at(0.0, (field,)).fields[field].ravel()])

    def examine(self) -> list[str]:
        """Reads the table, unless its density is kept on disk.

        Returns:
            Warnings: rows without a finite position or weight, and a grid that is too coarse.

        Raises:
            InputError: a file cannot be read, or the table has no density.
        """
        rows, astray, without, added = self._made["counts"].tolist()
        if not added:
            right = "check the bounds and the condition"
            at = ("bounds",) if self._settings.bounds is not None else ("file",)
            raise InputError(f"none of {rows} rows is in the grid", right, at)
        warnings = [not_finite(astray, rows)] if astray else []
        warnings += [weightless(without, rows)] if without else []
        return [*warnings, self._lattice.warning] if self._lattice.warning else warnings
