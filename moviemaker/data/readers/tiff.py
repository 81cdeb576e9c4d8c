"""TIFF stacks: the pages are z; x runs to the right, y down the page, as in ImageJ.

One file of many pages, or many files of one page each, in natural order. Channels are fields, and a file with times
(OME-TIFF, ImageJ) is a series. Of axes that are neither space nor time (lifetimes, angles, phases) one entry is shown.
OME-TIFF and ImageJ give voxel sizes. A plain TIFF does not tell the step in z, and its resolution is mostly meant for
printers, so its samples are one unit apart. A GeoTIFF is a map with y upwards.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory, read_once
from moviemaker.data.formats.dimensions import Chosen, Dimension, axis_chosen, check_names, dimension_of, shown_of
from moviemaker.data.formats.extras import extra
from moviemaker.data.formats.geotiff import georeferenced
from moviemaker.data.formats.grid_contents import GridContents, channel_colors, vector
from moviemaker.data.formats.lengths import in_one_unit, length_of
from moviemaker.data.formats.tiff_pages import check_pages

if TYPE_CHECKING:
    import tifffile

SUFFIXES = (".tif", ".tiff", ".lsm")
COMPRESSIBLE = ()

_PAGES = "ZIQR"
"""Letters of tifffile for axes that become z: depth, and pages of unknown meaning."""
_OTHERS = {
    "A": "angle",
    "B": "block",
    "E": "wavelength",
    "F": "phase_of_lifetime",
    "G": "group",
    "H": "lifetime",
    "L": "exposure",
    "M": "tile",
    "O": "repeat",
    "P": "phase",
    "U": "set",
    "V": "event",
}
"""Names of axes that are neither space nor time, by the letters of tifffile."""
_ALL = (*_OTHERS.values(), "pages")


def open_file(path: Path) -> Contents:
    """The first series of images of a file, of which only headers have been read; mapped into memory if possible.

    Raises:
        InputError: tifffile is not installed.
        ValueError: the file cannot be read, or has more axes than can be drawn.
    """
    library = extra(path, "tifffile", "tifffile", "tiff")
    check_pages(path)
    try:
        with _complete(), library.TiffFile(path) as file:
            series = file.series[0]
            axes, shape, dtype = series.axes, tuple(int(n) for n in series.shape), np.dtype(series.dtype)
            spacing, units, interval, channels = _facts(file)
            flat, several = series.dataoffset is not None, len(file.series)
            page = series.pages[0].aspage()
            place = partial(georeferenced, page) if page.geotiff_tags or "GDAL_NODATA" in page.tags else None
    except library.TiffFileError as error:
        raise ValueError(str(error)) from error
    whole = _whole(library, path, flat)

    def chosen_contents(chosen: Chosen) -> GridContents:
        order = _order(axes, shape, chosen)
        others = {role: _dimension(role, shape[axis], chosen) for axis, role in order.items() if role not in "tczyx"}
        check_names(chosen, {*others, *_ALL})
        roles = {role: axis for axis, role in order.items()}
        times, count = (shape[roles[role]] if role in roles else 1 for role in "tc")
        names = _names(count, channels, axes[roles["c"]] if "c" in roles else "")
        nx, ny, nz = (shape[roles[role]] if role in roles else 1 for role in "xyz")
        arrays: dict[str, Stored] = {}
        for channel, name in enumerate(names):
            shown = {role: each.shown for role, each in others.items()}
            arrays[name] = _field(whole, order, channel, (times, nx, ny, nz), dtype, shown)
        if times > 1:
            arrays["time"] = in_memory(interval * np.arange(times))
        factors, unit, note = in_one_unit(units)
        contents = GridContents(
            arrays,
            origin=(0.0, 0.0, 0.0),
            spacing=vector(np.multiply(spacing, factors)) if spacing else (1.0, 1.0, 1.0),
            length=unit,
            notes=(
                "y runs down the pages, z through them",
                "the file gives the size of its voxels" if spacing else "the file gives no size of its voxels: 1",
                *((note,) if note else ()),
                *((f"the first of its {several} images is read",) if several > 1 else ()),
            ),
            channels={} if "S" in axes else channel_colors(names),
            dimensions=shown_of(list(others.values())),
            choose=chosen_contents,
        )
        return contents if place is None else place(contents)

    return chosen_contents({})


def open_together(paths: Sequence[Path]) -> Contents | None:
    """Files of one page each as the slices of one grid; None: the files hold more pages and are a series in time.

    Raises:
        InputError: tifffile is not installed; at `file`: the pages differ in size.
        ValueError: a file cannot be read.
    """
    library = extra(paths[0], "tifffile", "tifffile", "tiff")
    first = _page(library, paths[0])
    if len(paths) == 1 or first is None:
        return None
    shape, dtype = first
    if len(shape) != 2:
        raise ValueError("its pixels are colours, not numbers")
    whole = (shape[1], shape[0], len(paths))

    def load() -> np.ndarray:
        found = np.empty(whole, dtype, order="F")
        for number, path in enumerate(paths):
            page = np.asarray(library.imread(path))
            if page.shape != shape:
                here, there = (" x ".join(map(str, each[::-1])) for each in (page.shape, shape))
                what = f"{path.name!r} has {here} pixels, {paths[0].name!r} {there}"
                raise InputError(what, "all pages of a stack have the same size", ("file",))
            found[..., number] = page.T
        return found

    notes = ("y runs down the pages, z through them", f"{len(paths)} files are the pages of one stack")
    arrays = {NAMELESS: read_once(whole, dtype, load)}
    return GridContents(arrays, origin=(0.0, 0.0, 0.0), spacing=(1.0, 1.0, 1.0), notes=notes)


@contextmanager
def _complete() -> Iterator[None]:
    """Raises an error where tifffile only logs one: for truncated files.

    Raises:
        ValueError: a page lies beyond the end of the file.
    """
    messages: list[str] = []
    listener = logging.Handler(logging.ERROR)
    listener.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("tifffile")
    loud, logger.propagate = logger.propagate, False
    logger.addHandler(listener)
    try:
        yield
    finally:
        logger.removeHandler(listener)
        logger.propagate = loud
    if any("invalid page offset" in message for message in messages):
        raise ValueError("it is not whole: a page is missing")


def _page(library: ModuleType, path: Path) -> tuple[tuple[int, ...], np.dtype] | None:
    """Shape and type of the only page of a file; None: it has more pages."""
    check_pages(path)
    try:
        with _complete(), library.TiffFile(path) as file:
            series = file.series[0]
            if len(file.pages) > 1 or len(series.shape) > 3:
                return None
            return tuple(int(n) for n in series.shape), np.dtype(series.dtype)
    except library.TiffFileError as error:
        raise ValueError(str(error)) from error


def _order(axes: str, shape: tuple[int, ...], chosen: Chosen) -> dict[int, str]:
    """The role of each axis: t, c, z, y or x; or the name of one that is none of these."""
    found: dict[int, str] = {}
    by_letter = {"X": "x", "Y": "y", "C": "c", "S": "c", "T": "t", "Z": "z"}
    long = [axis for axis, n in enumerate(shape) if n > 1 or axes[axis] in "XY"]
    for axis in sorted(long, key=lambda axis: axes[axis] not in by_letter):  # known letters come first
        letter = axes[axis]
        role = by_letter.get(letter, "z" if letter in _PAGES else "")
        name = _OTHERS.get(letter, "pages" if letter in _PAGES else f"axis_{letter}")
        role = axis_chosen(name, chosen) or ("" if name in chosen else role)
        found[axis] = role if role and role not in found.values() else name
    return dict(sorted(found.items()))


def _dimension(name: str, size: int, chosen: Chosen) -> Dimension:
    return dimension_of(name, size, None, {} if axis_chosen(name, chosen) else chosen)


def _whole(library: ModuleType, path: Path, flat: bool) -> Callable[[], np.ndarray]:
    kept: list[np.ndarray] = []

    def load() -> np.ndarray:
        if not kept:
            kept.append(library.memmap(path, mode="r") if flat else library.imread(path))
        return kept[0]

    return load


def _field(
    load: Callable[[], np.ndarray],
    order: dict[int, str],
    channel: int,
    shape: tuple[int, int, int, int],
    dtype: np.dtype,
    shown: Mapping[str, int],
) -> Stored:
    """One channel as (x, y, z), or (t, x, y, z); of the axes in `shown` the entry of that index."""

    def read(index: int | None) -> np.ndarray:
        array = load()
        array = array.reshape([n for axis, n in enumerate(array.shape) if axis in order])
        roles = [order[axis] for axis in sorted(order)]
        array = array[tuple(shown.get(role, slice(None)) for role in roles)]
        roles = [role for role in roles if role not in shown]
        if "c" in roles:
            array = np.moveaxis(array, roles.index("c"), 0)[channel]  # a view; `take` would copy
            roles.remove("c")
        for role in "tz":
            if role not in roles:
                array, roles = array[None], [role, *roles]
        array = array.transpose([roles.index(role) for role in "txyz"])
        array = array[0] if shape[0] == 1 else array
        part: np.ndarray = array if index is None else array[index]
        return part

    return Stored(shape if shape[0] > 1 else shape[1:], dtype, read)


def _names(count: int, known: list[str], letter: str) -> list[str]:
    if count == 1:
        return known[:1] or [NAMELESS]
    if len(known) == count and len(set(known)) == count:
        return known
    if letter == "S" and count in (3, 4):
        return ["red", "green", "blue", "alpha"][:count]
    return [f"channel_{channel}" for channel in range(count)]


_Facts = tuple[tuple[float, float, float] | None, tuple[str, ...], float, list[str]]
"""Voxel size, its unit along x, y and z, the time between two volumes, and names of channels."""

_NOTHING: _Facts = (None, ("",) * 3, 1.0, [])


def _facts(file: tifffile.TiffFile) -> _Facts:
    """What the file tells about its voxels, times and channels."""
    if file.is_ome and file.ome_metadata:
        return _facts_of_ome(file.ome_metadata)
    if file.is_imagej:
        known = file.imagej_metadata or {}
        tags = file.pages[0].tags
        width, height = (_pixel(tags, name) for name in ("XResolution", "YResolution"))
        unit = str(known.get("unit", "")).replace("\\u00B5", "µ")
        units = (unit, *(str(known.get(key) or unit).replace("\\u00B5", "µ") for key in ("yunit", "zunit")))
        spacing = (width, height, abs(float(known.get("spacing", 1.0))) or 1.0)
        return spacing, units, float(known.get("finterval", 1.0)) or 1.0, []
    if file.is_lsm and file.lsm_metadata:
        sizes = [1e6 * float(file.lsm_metadata.get(f"VoxelSize{axis}", 0)) for axis in "XYZ"]
        if all(size > 0 for size in sizes):
            return vector(sizes), ("µm",) * 3, float(file.lsm_metadata.get("TimeIntervall", 1.0)) or 1.0, []
    return _NOTHING


def _pixel(tags: tifffile.TiffTags, name: str) -> float:
    """Width of a pixel, from a resolution that is a fraction."""
    if name not in tags:
        return 1.0
    pixels, lengths = tags[name].value
    return float(lengths) / float(pixels) if pixels and lengths else 1.0


def _facts_of_ome(xml: str) -> _Facts:
    root = ElementTree.fromstring(re.sub(r'\sxmlns="[^"]+"', "", xml, count=1))
    pixels = root.find(".//Pixels")
    if pixels is None:
        return _NOTHING
    sizes = [float(pixels.get(f"PhysicalSize{axis}", 0) or 0) for axis in "XYZ"]
    units = [pixels.get(f"PhysicalSize{axis}Unit") or "µm" for axis in "XYZ"]
    names = [channel.get("Name", "") for channel in pixels.findall("Channel")]
    interval = float(pixels.get("TimeIncrement", 1) or 1)
    if not any(size > 0 for size in sizes):
        return None, ("",) * 3, interval, [name for name in names if name]
    # An axis without a size is as fine as the finest one.
    finest = min((n for n in range(3) if sizes[n] > 0), key=lambda n: sizes[n] * float(length_of(units[n]) or 1))
    for n in range(3):
        if not sizes[n] > 0:
            sizes[n], units[n] = sizes[finest], units[finest]
    return vector(sizes), tuple(units), interval, [name for name in names if name]
