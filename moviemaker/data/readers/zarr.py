"""Zarr, versions 2 and 3: arrays and groups, read chunk by chunk; images of OME-Zarr with all their levels.

They lie in a folder, in a zip file (`cube.zarr.zip`, `.ozx`), or on the web (`https://host/cube.zarr`, `s3://...`).

The axes of an array are x, y, z, or time, x, y, z, unless its dimensions have these names in another order. Arrays with
coordinates, as xarray writes them, are read by the conventions of NetCDF (see `formats.cf_conventions`). In OME-Zarr
0.4 and 0.5 (ngff.openmicroscopy.org, "multiscales") `axes` and `coordinateTransformations` give the axes, the positions
and the times. Each channel is a field with its name in `omero`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.cf_conventions import conventional
from moviemaker.data.formats.contents import NAMELESS, Coarser, Contents, IndexBox, Pieces, Stored, Vector, in_memory
from moviemaker.data.formats.grid_contents import GridContents, channel_colors, vector
from moviemaker.data.formats.lengths import in_one_unit
from moviemaker.data.formats.variables import Part, Variable, Variables, around, is_whole, role_of_name, unpacked_type
from moviemaker.data.formats.vector_samples import combined
from moviemaker.data.stores.arrays import Layout, layout_2, layout_3
from moviemaker.data.stores.chunks import read, touched
from moviemaker.data.stores.stores import (
    ZIPPED,
    Metadata,
    Store,
    is_address,
    is_node,
    joined,
    store_of,
)

SUFFIXES = (".zarr", *ZIPPED)
COMPRESSIBLE = ()

_MISSING = ("_FillValue", "missing_value")
_DEEPEST = 32
"""How often groups may lie in each other."""

_OLD_AXES = ("t", "c", "z", "y", "x")
"""Axes of OME-Zarr before 0.3, which did not name them."""


def open_file(path: Path) -> Contents:
    """The arrays in a store, of which only metadata have been read.

    Raises:
        InputError: the library is not installed; no Zarr, a plate of images, or a group that lists no arrays.
        ValueError, KeyError, OSError: the metadata cannot be read.
    """
    store = store_of(path)
    if not is_node(store, ""):
        what = f"{path.name!r} holds no Zarr: no zarr.json, .zarray or .zgroup in it"
        raise InputError(what, "name a file that was written by Zarr, or unpack it and name what is in it", ("file",))
    node = _node(store, "")
    if isinstance(node, _Array):
        by_names = _placed({NAMELESS: node.check()})
        return by_names or GridContents(_fields(NAMELESS, node))
    image = _image(path, store, "", node)
    if image is not None:
        return image
    everything = {array.name: array for array in _arrays(store, "")}
    found = {name: array for name, array in everything.items() if array.refusal is None or array.dtype.kind == "O"}
    if everything and not any(array.dtype.kind in "biufc" for array in found.values()):
        for array in everything.values():
            array.check()  # raises why
    if not found:
        what = f"the group {path.name!r} {'does not list its arrays' if is_address(path) else 'holds no array'}"
        right = "write the address of one of them" if is_address(path) else "check that it was written to the end"
        raise InputError(what, right, ("file",))
    refused = [(name, array.refusal) for name, array in everything.items() if name not in found]
    left = [f"{name} is left out: {why.what}" for name, why in refused if why is not None]
    placed = _placed(found)
    if placed is not None:
        return replace(placed, notes=(*placed.notes, *left))
    uses = Counter(name.rpartition("/")[2] for name in found)
    short = {name: name.rpartition("/")[2] for name in found}
    arrays: dict[str, Stored] = {}
    for name, array in found.items():
        arrays |= _fields(short[name] if uses[short[name]] == 1 else name, array)
    return GridContents(arrays, notes=tuple(left))


@dataclass(frozen=True)
class _Array:
    """Metadata of an array.

    Attributes:
        store: that holds the array.
        name: path of the array in the store.
        layout: of its samples in its files.
        dimensions: names of the axes; empty if they have none.
        attributes: by name, with `_FillValue` where xarray gives it as `fill_value`.
    """

    store: Store
    name: str
    layout: Layout
    dimensions: tuple[str, ...]
    attributes: Metadata

    @property
    def shape(self) -> tuple[int, ...]:
        return self.layout.shape

    @property
    def dtype(self) -> np.dtype:
        return self.layout.dtype

    @property
    def refusal(self) -> InputError | None:
        """Why it cannot be read, if its codecs are not on the list."""
        return self.layout.decode if isinstance(self.layout.decode, InputError) else None

    def check(self) -> _Array:
        """The array itself, of which a chunk can be unpacked.

        Raises:
            InputError: at `file`: by its codecs, its type or its size it cannot.
        """
        self.layout.check(f"the array {self.name!r}" if self.name else "the array")
        return self

    def unpacked(self, dtype: np.dtype, part: Part) -> np.ndarray:
        """A part of the array, unpacked by the conventions of NetCDF, with NaN for missing values."""
        values = self._part(part)
        if dtype.kind != "f":
            return values
        missing = [self.attributes[key] for key in _MISSING if isinstance(self.attributes.get(key), int | float)]
        known = ~np.isin(values, missing) if missing else np.array(True)
        scale, offset = self.attributes.get("scale_factor", 1.0), self.attributes.get("add_offset", 0.0)
        result = values.astype(dtype, copy=False)
        if (scale, offset) != (1.0, 0.0):
            result = (result * dtype.type(scale) + dtype.type(offset)).astype(dtype, copy=False)
        return result if known.all() else np.where(known, result, dtype.type(np.nan))

    def stored(self, axes: Mapping[str, int], channel: int = 0, coarser: tuple[Coarser, ...] = ()) -> Stored:
        """The array, or a channel of it, with the axes (time,) x, y, z.

        Args:
            axes: indices of the axes by their names x, y, z, t and c; without z, the grid has one layer.
            channel: index of the channel.
            coarser: coarser levels of the same image.
        """
        if not {"x", "y"} <= set(axes):
            return Stored(self.shape, self.dtype, lambda index: self._part(() if index is None else (index,)))
        places = [axes.get(name) for name in "xyz"]
        shape = tuple(1 if place is None else self.shape[place] for place in places)
        count = self.shape[axes["t"]] if "t" in axes else 1
        moves = count > 1
        order = sorted(place for place in places if place is not None)
        turned = [order.index(place) for place in places if place is not None]

        def slices(index: int | None, box: IndexBox) -> list[slice]:
            chosen = [slice(0, 1)] * len(self.shape)
            for name, number in (("t", index or 0), ("c", channel)):
                if name in axes:
                    chosen[axes[name]] = slice(number, number + 1)
            for place, (low, high) in zip(places, box, strict=True):
                if place is not None:
                    chosen[place] = slice(low, high)
            return chosen

        def read(index: int | None, box: IndexBox) -> np.ndarray:
            found = self._part(tuple(slices(index, box)))
            lone = tuple(axis for axis in range(found.ndim) if axis not in order)
            found = found.squeeze(axis=lone).transpose(turned)
            return found if axes.get("z") is not None else found[..., None]

        def blank(index: int | None, box: IndexBox) -> float | None:
            if self._written is None:
                return None
            found = touched(self.layout, [(part.start, part.stop) for part in slices(index, box)], self._written)
            return self._fill if next(found, None) is None else None

        nx, ny, nz = shape
        everything: IndexBox = ((0, nx), (0, ny), (0, nz))

        def whole(index: int | None) -> np.ndarray:
            if index is not None or not moves:
                return read(index, everything)
            return np.stack([read(time, everything) for time in range(count)])

        chunks = tuple(1 if place is None else self.layout.chunks[place] for place in places)
        pieces = Pieces((chunks[0], chunks[1], chunks[2]), read, blank, coarser)
        return Stored((count, *shape) if moves else shape, self.dtype, whole, pieces=pieces)

    def _part(self, part: Part) -> np.ndarray:
        def fetch(name: str, start: int | None, stop: int | None, most: int) -> bytes | None:
            return self.store.read(joined(self.name, name), start, stop, most)

        with self.store.answering():
            try:
                return read(self.layout, part, fetch, self._written)
            except (InputError, OSError, IndexError):
                raise
            except Exception as error:  # each codec has errors of its own for damaged chunks
                reason = str(error).split("\n")[0][:160] or type(error).__name__
                what = f"the array {self.name!r} of a Zarr cannot be read: {reason}"
                raise InputError(what, "check that it was written to the end", ("file",)) from error

    @cached_property
    def _fill(self) -> float:
        return float(self.layout.fill or 0)

    @cached_property
    def _written(self) -> frozenset[str] | None:
        """Names of the files of the chunks, or shards, that there are; None: unknown."""
        return self.store.written(self.name)


def _node(store: Store, name: str) -> _Array | Metadata:
    """The array with that name, or the attributes of a group."""
    found = store.metadata(joined(name, "zarr.json"))
    if found is not None:
        attributes = _mapping(found.get("attributes"))
        if found.get("node_type") == "group":
            return dict(attributes)
        if found.get("node_type") != "array":
            raise ValueError(f"its node_type is {str(found.get('node_type'))[:40]!r}")
        return _Array(store, name, layout_3(found), _names(found.get("dimension_names")), attributes)
    attributes = store.metadata(joined(name, ".zattrs")) or {}
    found = store.metadata(joined(name, ".zarray"))
    if found is None:
        return attributes
    names = _names(attributes.get("_ARRAY_DIMENSIONS"))  # as xarray writes them
    if names and (found.get("fill_value") or 0) != 0 and "_FillValue" not in attributes:
        attributes = attributes | {"_FillValue": found["fill_value"]}
    return _Array(store, name, layout_2(found), names, attributes)


def _mapping(written: object) -> Metadata:
    return written if isinstance(written, dict) else {}


def _names(written: object) -> tuple[str, ...]:
    """Names of axes."""
    return tuple(str(each or "") for each in written) if isinstance(written, list) else ()


def _arrays(store: Store, group: str, depth: int = 0) -> Iterator[_Array]:
    """The arrays in a group and in the groups in it.

    Raises:
        ValueError: its groups lie in each other too often.
    """
    if depth > _DEEPEST:
        raise ValueError(f"its groups lie in each other more than {_DEEPEST} times")
    for name in store.inside(group):
        if is_node(store, name):
            node = _node(store, name)
            if isinstance(node, _Array):
                yield node
            else:
                yield from _arrays(store, name, depth + 1)


def _axes(dimensions: tuple[str, ...], count: int) -> dict[str, int]:
    """Indices of the axes of an array that is not an image of OME-Zarr."""
    found = {role_of_name(name): axis for axis, name in enumerate(dimensions)}
    if len(found) == count > 2 and "" not in found and {"x", "y"} <= set(found):
        return found
    if {"x", "y"} <= set(found):
        return {}  # one of the others may be neither space nor time
    return {3: {"x": 0, "y": 1, "z": 2}, 4: {"t": 0, "x": 1, "y": 2, "z": 3}}.get(count, {})


def _fields(name: str, array: _Array) -> dict[str, Stored]:
    """An array that is not on named axes; if its last axis has three entries, the length and components of vectors."""
    count = len(array.shape)
    if any(array.dimensions) or count not in (4, 5) or array.shape[-1] != 3:
        return {name: array.stored(_axes(array.dimensions, count))}
    axes = {axis: number for number, axis in enumerate("txyzc" if count == 5 else "xyzc")}
    return combined(name, [array.stored(axes, component) for component in range(3)])


def _placed(arrays: Mapping[str, _Array]) -> GridContents | None:
    """The grids of a group by their coordinates; None: no grid has coordinates."""
    variables = {}
    for path, array in arrays.items():
        if len(array.dimensions) == len(array.shape) and all(array.dimensions):
            dimensions = tuple(
                next(
                    (each for each in around(path, name) if each in arrays and len(arrays[each].shape) == 1),
                    next(around(path, name)),
                )
                for name in array.dimensions
            )
            dtype = unpacked_type(array.dtype, array.attributes)
            read, whole = partial(array.unpacked, dtype), is_whole(array.dtype, array.attributes)
            chunks = array.layout.chunks
            variables[path] = Variable(path, dimensions, array.shape, dtype, array.attributes, read, chunks, whole)
    found = Variables(variables)
    grids = [each for each in variables.values() if len(each.shape) > 1 and set(each.dimensions) & set(variables)]
    others = [
        each for each in variables.values() if len(each.shape) > 2 and not _axes(each.dimensions, len(each.shape))
    ]
    if not any({"x", "y"} <= {found.role(name) for name in each.dimensions} for each in [*grids, *others]):
        return None
    return conventional(found)


def _image(path: Path, store: Store, group: str, attributes: Metadata) -> GridContents | None:
    """An image of OME-Zarr; None: the group is not an image."""
    ome = attributes.get("ome", attributes)
    if "plate" in ome:
        what = f"{path.name!r} is a plate of many images"
        raise InputError(what, "write the folder of one of them, such as plate.zarr/A/1/0", ("file",))
    if not ome.get("multiscales"):
        first = joined(group, "0")  # as bioformats2raw wraps images
        inner = _node(store, first) if is_node(store, first) else None
        return _image(path, store, first, inner) if isinstance(inner, dict) and "bioformats2raw.layout" in ome else None
    scales = ome["multiscales"][0]
    levels = [_node(store, joined(group, each["path"])) for each in scales["datasets"]]
    arrays = [level.check() for level in levels if isinstance(level, _Array)]
    if not arrays or len(arrays) < len(levels):
        raise ValueError("a level of it is missing")
    written = [axis if isinstance(axis, dict) else {"name": axis} for axis in scales.get("axes") or _OLD_AXES]
    axes = {str(axis["name"]).lower(): number for number, axis in enumerate(written)}
    units = {name: str(written[number].get("unit") or "") for name, number in axes.items()}
    if len(axes) != len(arrays[0].shape) or not {"x", "y"} <= set(axes) <= set("tczyx"):
        raise ValueError(f"its axes are {', '.join(axes)}")
    places = [_place(scales, number, array, arrays[0]) for number, array in enumerate(arrays)]
    first_scale, first_shift = places[0]

    def spatial(values: np.ndarray, missing: float) -> Vector:
        x, y, z = (float(values[axes[name]]) if name in axes else missing for name in "xyz")
        return x, y, z

    def channel(number: int) -> Stored:
        coarser = []
        for array, (scale, shift) in zip(arrays[1:], places[1:], strict=True):
            step = spatial(scale / first_scale, 1.0)
            coarser.append(Coarser(array.stored(axes, number), step, spatial((shift - first_shift) / first_scale, 0.0)))
        return arrays[0].stored(axes, number, tuple(coarser))

    count = arrays[0].shape[axes["c"]] if "c" in axes else 1
    fields = {name: channel(number) for number, name in enumerate(_channels(ome, count))}
    notes = [f"OME-Zarr with {len(arrays)} levels"]
    if "t" in axes and arrays[0].shape[axes["t"]] > 1:
        t = axes["t"]
        fields["time"] = in_memory(first_shift[t] + first_scale[t] * np.arange(arrays[0].shape[t]))
    factors, length, note = in_one_unit([units[name] for name in "xyz" if name in axes])
    factors = factors if len(factors) == 3 else (*factors, 1.0)
    notes += [note] if note else []
    spacing = np.multiply(spatial(first_scale, np.inf), factors)
    return GridContents(
        fields,
        origin=vector(np.multiply(spatial(first_shift, 0.0), factors)),
        spacing=vector(np.where(np.isinf(spacing), spacing.min(), spacing)),
        length=length,
        clock=units.get("t", ""),
        notes=tuple(notes),
        channels=channel_colors(
            [name for name in fields if name != "time"],
            [str(each.get("color", "")) for each in ome.get("omero", {}).get("channels", [])],
        ),
    )


def _place(scales: Metadata, number: int, array: _Array, finest: _Array) -> tuple[np.ndarray, np.ndarray]:
    """Scale and translation of a level along its axes."""
    scale: np.ndarray = np.ones(len(array.shape))
    shift: np.ndarray = np.zeros(len(array.shape))
    own = scales["datasets"][number].get("coordinateTransformations")
    if own is None:  # versions before 0.4
        scale = np.round(np.divide(finest.shape, array.shape))
    for transform in [*(own or ()), *(scales.get("coordinateTransformations") or ())]:
        if transform["type"] == "scale":
            factor = np.asarray(transform["scale"], float)
            scale, shift = scale * factor, shift * factor
        elif transform["type"] == "translation":
            shift = shift + np.asarray(transform["translation"], float)
        elif transform["type"] != "identity":
            raise ValueError(f"a level of it has the unknown transformation {transform['type']!r}")
    if scale.shape != (len(array.shape),) or not (np.isfinite(scale).all() and (scale > 0).all()):
        raise ValueError("the scale of a level is not positive along every axis")
    return scale, shift


def _channels(ome: Metadata, count: int) -> list[str]:
    """Names of the channels."""
    labels = [str(each.get("label") or "") for each in ome.get("omero", {}).get("channels", [])]
    if len(labels) == count and all(labels) and len(set(labels)) == count and "time" not in labels:
        return labels
    return [NAMELESS] if count == 1 else [f"channel{number}" for number in range(count)]
