"""FITS: cubes of astronomy. The axes of the file are x, y, z in its own order (the first runs fastest).

Images of the same shape are fields of one grid. If all axes are linear lengths, `CRVAL`, `CRPIX`, `CDELT` and `PC` (or
`CD`) give the positions (E. W. Greisen and M. R. Calabretta, A&A 395, 1061, 2002). Axes on the sky or of a spectrum do
not span one space: their samples are |CDELT| apart, starting at 0. Axes of one sample are dropped, an axis of Stokes
parameters gives fields, and an axis of times a series. `BLANK` becomes NaN.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.data.formats.compressed import is_compressed
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory
from moviemaker.data.formats.extras import extra
from moviemaker.data.formats.fits_headers import check_headers
from moviemaker.data.formats.grid_contents import GridContents, mapped, matrix_of, placed
from moviemaker.data.formats.lengths import in_one_unit

SUFFIXES = (".fits", ".fit", ".fts", ".fz")
COMPRESSIBLE = (".fits", ".fit", ".fts")

_NO_LENGTHS = re.compile(
    r"RA|DEC|.LON|.LAT|..LN|..LT|FREQ|ENER|WAVN|VRAD|WAVE|VOPT|ZOPT|AWAV|VELO|BETA|FELO|STOKES|TIME"
)

if TYPE_CHECKING:
    from astropy.io import fits
_STOKES = {
    1: "I",
    2: "Q",
    3: "U",
    4: "V",
    -1: "RR",
    -2: "LL",
    -3: "RL",
    -4: "LR",
    -5: "XX",
    -6: "YY",
    -7: "XY",
    -8: "YX",
}


def open_file(path: Path) -> Contents:
    """The images of a file, of which only headers have been read. Uncompressed images are mapped into memory.

    Raises:
        InputError: astropy is not installed.
        OSError, ValueError: the file cannot be read, or holds no image.
    """
    library = extra(path, "astropy.io.fits", "astropy", "fits")
    check_headers(path)
    arrays: dict[str, Stored] = {}
    units: dict[str, str] = {}
    chosen: fits.Header | None = None
    with library.open(path) as file:
        images = [(n, hdu) for n, hdu in enumerate(file) if _is_image(hdu)]
        for number, hdu in images:
            roles = _roles(hdu.header)
            if chosen is not None and _shape(hdu.header, roles) != _shape(chosen, _roles(chosen)):
                continue
            chosen = hdu.header if chosen is None else chosen
            name = (hdu.name if hdu.name not in ("", "PRIMARY") else "") or (
                NAMELESS if not arrays else f"hdu_{number}"
            )
            for each, stored in _fields(path, number, hdu, name, roles).items():
                arrays[each] = stored
                units |= {each: str(hdu.header["BUNIT"])} if "BUNIT" in hdu.header else {}
    if chosen is None:
        raise ValueError("it holds no image")
    axes, time, _ = _roles(chosen)
    if time is not None:
        arrays["time"] = in_memory(_along(chosen, time))
    matrix, length, note = _placing(chosen, axes)
    clock = str(chosen.get(f"CUNIT{time}", "s")) if time is not None else ""
    return placed(GridContents(arrays, units=units, length=length, clock=clock, notes=note), matrix)


def _is_image(hdu: fits.ImageHDU) -> bool:
    sizes = [hdu.header.get(f"NAXIS{n + 1}", 0) for n in range(hdu.header.get("NAXIS", 0))] if hdu.is_image else []
    return sum(size > 1 for size in sizes) >= 2 and bool(min(sizes) > 0)


def _roles(header: fits.Header) -> tuple[list[int], int | None, int | None]:
    """Numbers (from 1) of the spatial axes, of the axis of times, and of that of Stokes parameters.

    Raises:
        ValueError: there are more axes.
    """
    count = int(header["NAXIS"])
    names = {n: str(header.get(f"CTYPE{n}", "")).strip().upper() for n in range(1, count + 1)}
    long = [n for n in names if header[f"NAXIS{n}"] > 1]
    stokes = next((n for n in long if names[n] == "STOKES"), None)
    rest = [n for n in long if n != stokes]
    time = next((n for n in rest if names[n].split("-")[0] in ("TIME", "UTC", "TT", "TAI")), None) if rest[3:] else None
    space = [n for n in rest if n != time]
    for n in names:  # a flat image keeps an axis of one sample
        if len(space) < 3 and n not in (*space, stokes, time):
            space.append(n)
    if len(space) > 3:
        sizes = " x ".join(str(header[f"NAXIS{n}"]) for n in names)
        raise ValueError(f"its image has more axes than space, times and Stokes parameters: {sizes}")
    return sorted(space), time, stokes


def _shape(header: fits.Header, roles: tuple[list[int], int | None, int | None]) -> tuple[int, ...]:
    axes, time, _ = roles
    sizes = tuple(int(header[f"NAXIS{n}"]) for n in axes) + (1,) * (3 - len(axes))
    return sizes if time is None else (int(header[f"NAXIS{time}"]), *sizes)


def _fields(
    path: Path, number: int, hdu: fits.ImageHDU, name: str, roles: tuple[list[int], int | None, int | None]
) -> dict[str, Stored]:
    """The image as (x, y, z) or (t, x, y, z), one for each Stokes parameter."""
    axes, time, stokes = roles
    header = hdu.header
    shape = _shape(header, roles)
    whole, dtype = _whole(path, number, hdu)

    def field(index: int | None) -> Stored:
        def read(part: int | None) -> np.ndarray:
            array: np.ndarray = whole()  # the first axis of the file comes first
            rest = list(range(1, array.ndim + 1))
            if stokes is not None:
                array = array[(*(slice(None),) * (stokes - 1), index)]
                rest.remove(stokes)
            leading = [] if time is None else [rest.index(time)]
            keep = [rest.index(n) for n in axes]
            dropped = [n for n in range(array.ndim) if n not in (*leading, *keep)]
            array = array.transpose(*leading, *keep, *dropped).reshape(shape, order="A")
            return array if part is None else array[part]

        return Stored(shape, dtype, read)

    if stokes is None:
        return {name: field(None)}
    values = _along(header, stokes)
    return {
        _STOKES.get(round(float(value)), f"stokes_{index}") if name == NAMELESS else f"{name}_{index}": field(index)
        for index, value in enumerate(values)
    }


def _whole(path: Path, number: int, hdu: fits.ImageHDU) -> tuple[Callable[[], np.ndarray], np.dtype]:
    """A function that gives the samples, the first axis of the file first; and their type."""
    header = hdu.header
    kind = type(hdu).__name__
    sizes = tuple(int(header[f"NAXIS{n}"]) for n in range(1, int(header["NAXIS"]) + 1))
    plain = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
    scaled = header.get("BSCALE", 1) != 1 or header.get("BZERO", 0) != 0 or "BLANK" in header
    if kind != "CompImageHDU" and not scaled and not is_compressed(path):
        dtype = np.dtype(plain[int(header["BITPIX"])])
        start = int(hdu.fileinfo()["datLoc"])
        return lambda: mapped(path, dtype, start, sizes), dtype
    bits, zero = int(header["BITPIX"]), header.get("BZERO", 0)
    unsigned = header.get("BSCALE", 1) == 1 and "BLANK" not in header and bits > 8 and zero == 2 ** (bits - 1)
    dtype = np.dtype(plain[bits] if not scaled else f"u{bits // 8}" if unsigned else "f4" if bits <= 16 else "f8")
    kept: list[np.ndarray] = []

    def load() -> np.ndarray:
        if not kept:
            from astropy.io import fits

            with fits.open(path, memmap=False) as file:
                kept.append(np.asarray(file[number].data).astype(dtype, copy=False).T)
        return kept[0]

    return load, dtype


def _along(header: fits.Header, axis: int) -> np.ndarray:
    """Values of a linear axis at its samples."""
    value, pixel = (float(header.get(f"{key}{axis}", 0.0)) for key in ("CRVAL", "CRPIX"))
    step = float(header.get(f"CDELT{axis}", 1.0))
    return np.asarray(value + step * (np.arange(1, int(header[f"NAXIS{axis}"]) + 1) - pixel))


def _placing(header: fits.Header, axes: list[int]) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """The matrix from index to position, the unit of length, and notes on the axes."""
    names = [str(header.get(f"CTYPE{n}", "")).strip() for n in axes]
    units = [str(header.get(f"CUNIT{n}", "")).strip() for n in axes]
    steps, low = _linear(header, axes)
    factors, unit, differ = in_one_unit(units)
    comparable = len(set(units)) == 1 or bool(unit)
    if not any(_NO_LENGTHS.match(name.upper()) for name in names) and comparable:
        known = any(f"{key}{n}" in header for n in axes for key in ("CDELT", "CRVAL", "CD1_"))
        note = "positions are those of its linear axes" if known else "it has no positions: samples are 1 apart from 0"
        scale = np.append(factors, np.ones(3 - len(factors)))
        low, steps = low * scale if known else np.zeros(3), steps * scale[:, None]
        return matrix_of(low, steps), unit, (note, *((differ,) if differ else ()))
    widths = np.linalg.norm(steps, axis=0)
    listed = ", ".join(
        f"{axis} {name or 'without a name'} by {width:.6g} {unit}".rstrip()
        for axis, name, width, unit in zip("xyz", names, widths, units, strict=False)
    )
    note = f"its axes are on the sky or of a spectrum; positions are index times step: {listed}"
    return matrix_of(np.zeros(3), np.diag(widths)), units[0] if len(set(units)) == 1 else "", (note,)


def _linear(header: fits.Header, axes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Steps along the axes as columns (3, 3), and the position of the first sample (3,)."""
    steps = np.eye(3)
    value, pixel = np.zeros(3), np.ones(3)
    by_cd = any(f"CD{n}_{m}" in header for n in axes for m in axes)
    for row, n in enumerate(axes):
        value[row], pixel[row] = float(header.get(f"CRVAL{n}", 0.0)), float(header.get(f"CRPIX{n}", 0.0))
        for column, m in enumerate(axes):
            if by_cd:
                steps[row, column] = float(header.get(f"CD{n}_{m}", 0.0))
            else:
                turn = float(header.get(f"PC{n}_{m}", 1.0 if n == m else 0.0))
                steps[row, column] = float(header.get(f"CDELT{n}", 1.0)) * turn
    return steps, value - steps @ (pixel - 1)
