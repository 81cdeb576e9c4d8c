"""Meshes around the path of chains: round coils, oval helices, and flat strands that end in an arrow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moviemaker.core.fields import Cells
from moviemaker.core.molecules.residues import HELIX, STRAND
from moviemaker.layers.cartoon.path import Path, Trace, path_of

PIECES, SIDES = 8, 16
"""Pieces for each residue along a ribbon, and sides around a round section."""

FEWER = 4000
"""From so many residues on, ribbons are made of half as many pieces and two thirds of the sides."""

TAPER = 0.9
"""Residues over which a helix widens at its ends."""

NUCLEIC = 2.4
"""Width of the tube of a nucleic acid as a multiple of a coil's."""

HEAD = 1.75
"""Width of an arrow's head as a multiple of the strand's."""

_TINY = 1e-30
"""Length of a vector that has no direction."""


@dataclass(frozen=True)
class Shape:
    """Full widths in scene units.

    Attributes:
        coil: of tubes.
        helix, strand: of ribbons.
        thickness: of both.
    """

    coil: float
    helix: float
    strand: float
    thickness: float


@dataclass(frozen=True, eq=False)
class Sheath:
    """A mesh around paths.

    Attributes:
        points, normals: (n, 3).
        residue: (n,), the number of the residue that each point belongs to.
        polys: triangles.
    """

    points: np.ndarray
    normals: np.ndarray
    residue: np.ndarray
    polys: Cells


def sheath(trace: Trace, shape: Shape) -> Sheath:
    """The mesh around all chains of a trace, each residue of which is linked to another."""
    many = len(trace.place) > FEWER
    pieces, sides = (PIECES // 2, 12) if many else (PIECES, SIDES)
    path = path_of(trace, pieces, sides)
    half = widths(trace, path, shape) / 2
    parts = [_round(trace, path, half, sides), _flat(trace, path, half)]
    starts = np.cumsum([0, *(len(part.points) for part in parts)])
    triangles = np.concatenate([part.polys.connectivity + s for part, s in zip(parts, starts[:-1], strict=True)])
    return Sheath(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.residue for part in parts]),
        Cells(np.arange(0, len(triangles) + 1, 3), triangles),
    )


def widths(trace: Trace, path: Path, shape: Shape) -> np.ndarray:
    """Full widths and thicknesses (r, s, 2) along the paths of all residues."""
    runs, strand = trace.runs, trace.structure == STRAND
    first = np.searchsorted(runs, runs, side="left") - 0.5
    last = np.searchsorted(runs, runs, side="right") - 0.5
    part = np.clip(np.minimum(path.place - first[:, None], last[:, None] - path.place) / TAPER, 0, 1)
    helix = np.where(trace.structure == HELIX, 1.0, 0.0)[:, None] * part * part * (3 - 2 * part) * path.firm
    tube = shape.coil * np.where(trace.nucleic, NUCLEIC, 1.0)[:, None]
    wide, high = (tube + helix * (full - tube) for full in (shape.helix, shape.thickness))
    head = HEAD * shape.strand + (shape.coil - HEAD * shape.strand) * np.linspace(0, 1, path.place.shape[1])
    arrow = np.where((np.arange(len(runs)) == last - 0.5)[:, None], head, shape.strand)
    wide, high = np.where(strand[:, None], arrow, wide), np.where(strand[:, None], shape.thickness, high)
    return np.stack([wide, high], axis=-1)


def _round(trace: Trace, path: Path, half: np.ndarray, sides: int) -> Sheath:
    """Coils and helices: ellipses, which are circles at the ends of helices."""
    chosen = np.flatnonzero(trace.structure != STRAND)
    angle = 2 * np.pi * np.arange(sides) / sides
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    half = half[chosen][:, :, None]
    edges = np.stack([np.arange(sides), (np.arange(sides) + 1) % sides], axis=1)
    # Coils and helices meet in the same circle; other ends are closed.
    goes_on = trace.linked & np.append(trace.structure[1:] != STRAND, False)
    begins, ends = ~np.append(False, goes_on[:-1])[chosen], ~goes_on[chosen]
    return _swept(path, chosen, half * circle, circle * half[..., ::-1], edges, (begins, ends))


def _flat(trace: Trace, path: Path, half: np.ndarray) -> Sheath:
    """Strands: rectangles, the last of which taper to the tip of an arrow."""
    chosen = np.flatnonzero(trace.structure == STRAND)
    new = np.diff(trace.runs[chosen], prepend=-1, append=-1) != 0
    begins, ends = new[: len(chosen)], new[1:][: len(chosen)]
    # Each side has its own two corners, so that the edges are sharp.
    corners = np.array([[1, -1], [1, 1], [1, 1], [-1, 1], [-1, 1], [-1, -1], [-1, -1], [1, -1]], float)
    outward = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [-1, 0], [-1, 0], [0, -1], [0, -1]], float)
    outline = half[chosen][:, :, None] * corners
    edges = np.array([[0, 1], [2, 3], [4, 5], [6, 7]])
    return _swept(path, chosen, outline, np.broadcast_to(outward, outline.shape), edges, (begins | ends, ends))


def _swept(
    path: Path,
    chosen: np.ndarray,
    outline: np.ndarray,
    outward: np.ndarray,
    edges: np.ndarray,
    capped: tuple[np.ndarray, np.ndarray],
) -> Sheath:
    """Outlines moved along the pieces of paths.

    Args:
        path: of all residues.
        chosen: (k,), the residues.
        outline: (k, s, m, 2), across and along the normal, scene units.
        outward: (k, s, m, 2), directions away from the middle.
        edges: (e, 2), which points of an outline are joined.
        capped: whether the piece of each residue (k,) is closed at its beginning, and at its end.
    """
    count, steps, corners = outline.shape[:3]
    if not count:
        return Sheath(
            np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0, np.int64), Cells(np.zeros(1, int), np.zeros(0, int))
        )
    center, along = path.center[chosen], path.along[chosen]
    across, normal = path.across[chosen], path.normal[chosen]
    points = center[:, :, None] + outline[..., :1] * across[:, :, None] + outline[..., 1:] * normal[:, :, None]
    # Where the section grows along the path, its surface leans back.
    length = np.maximum(np.ptp(path.place[chosen], axis=1), 1e-9)[:, None] * path.speed[chosen] / (steps - 1)
    growth = np.gradient(outline, axis=1) / np.maximum(length, 1e-12)[:, :, None, None]
    outward = outward / np.maximum(np.linalg.norm(outward, axis=-1, keepdims=True), _TINY)
    lean = (growth * outward).sum(axis=-1, keepdims=True)
    normals = outward[..., :1] * across[:, :, None] + outward[..., 1:] * normal[:, :, None] - lean * along[:, :, None]
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), _TINY)  # of atoms in one place
    grid = np.arange(count * steps * corners).reshape(count, steps, corners)
    a, b = grid[:, :-1][..., edges[:, 0]], grid[:, :-1][..., edges[:, 1]]
    c, d = grid[:, 1:][..., edges[:, 1]], grid[:, 1:][..., edges[:, 0]]
    quads = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1)
    made = [(points.reshape(-1, 3), normals.reshape(-1, 3), np.repeat(chosen, steps * corners), quads)]
    total = count * steps * corners
    rim = np.unique(edges[:, 0])
    for has_cap, ring, way in ((capped[0], 0, -1.0), (capped[1], -1, 1.0)):
        here = np.flatnonzero(has_cap)
        if not len(here):
            continue
        face = points[here, ring][:, rim]
        facing = np.repeat(way * along[here, ring], len(rim), axis=0)
        own = total + np.arange(face.shape[0] * len(rim)).reshape(face.shape[0], len(rim))
        fan = np.stack([np.repeat(own[:, :1], len(rim) - 2, 1), own[:, 1:-1], own[:, 2:]], axis=-1)
        made.append((face.reshape(-1, 3), facing, np.repeat(chosen[here], len(rim)), fan.reshape(-1)))
        total += own.size
    where, facing, residue, triangles = (np.concatenate(each) for each in zip(*made, strict=True))
    return Sheath(where, facing, residue, Cells(np.arange(0, len(triangles) + 1, 3), triangles))
