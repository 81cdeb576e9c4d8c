"""Codecs of Zarr: those on the list give what the zarr library gives, and no others are tried."""

from __future__ import annotations

import bz2
import contextlib
import json
import lzma
import struct
import warnings
import zlib

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.grid import Grid
from moviemaker.data.stores import codecs as zarr_codecs

zarr = pytest.importorskip("zarr")
numcodecs = pytest.importorskip("numcodecs")

SHAPE = (9, 7, 5)


def values(dtype):
    kind = np.dtype(dtype)
    flat = np.arange(np.prod(SHAPE)) % 97
    return (flat % 2 if kind.kind == "b" else flat).reshape(SHAPE).astype(kind)


def read(path):
    return build(Grid, {"kind": "grid", "file": path.name}).open(path.parent).at(0).field(None)


def written(path, version, array, fill=None, **keys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of codecs that are not yet in the text of version 3
        made = zarr.create_array(
            str(path),
            shape=array.shape,
            chunks=(4, 4, 4),
            dtype=array.dtype,
            zarr_format=version,
            fill_value=fill,
            **keys,
        )
        made[:] = array
        return np.asarray(made[:])


PACKERS = {
    "none": None,
    "blosc": {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1},
    "blosc of bits": {"id": "blosc", "cname": "zstd", "clevel": 5, "shuffle": 2},
    "zlib": {"id": "zlib", "level": 5},
    "gzip": {"id": "gzip", "level": 5},
    "bz2": {"id": "bz2", "level": 5},
    "lzma": {"id": "lzma"},
    "raw lzma": {"id": "lzma", "format": lzma.FORMAT_RAW, "filters": [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]},
    "zstd": {"id": "zstd", "level": 3},
    "lz4": {"id": "lz4"},
}


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">i2", "|b1", "<f8"])
def test_version_2(packer, order, dtype, tmp_path):
    settings = PACKERS[packer]
    codec = None if settings is None else numcodecs.get_codec(dict(settings))
    array = values(dtype)
    expected = written(tmp_path / "a.zarr", 2, array, compressors=codec, filters=None, order=order)
    np.testing.assert_array_equal(expected, array)
    np.testing.assert_array_equal(read(tmp_path / "a.zarr"), array)


FILTERS = {
    "delta": ("<i4", [{"id": "delta", "dtype": "<i4"}]),
    "delta as bytes": ("<i4", [{"id": "delta", "dtype": "<i4", "astype": "<i2"}]),
    "offset": ("<f8", [{"id": "fixedscaleoffset", "offset": -5, "scale": 10, "dtype": "<f8", "astype": "<u2"}]),
    "digits": ("<f8", [{"id": "quantize", "digits": 2, "dtype": "<f8"}]),
    "bits": ("<f4", [{"id": "bitround", "keepbits": 12}]),
    "packed": ("|b1", [{"id": "packbits"}]),
    "type": ("<f8", [{"id": "astype", "encode_dtype": "<f4", "decode_dtype": "<f8"}]),
    "shuffled": ("<f4", [{"id": "shuffle", "elementsize": 4}]),
    "checksums": ("<f4", [{"id": "crc32"}, {"id": "adler32"}, {"id": "fletcher32"}, {"id": "jenkins_lookup3"}]),
    "several": ("<i4", [{"id": "delta", "dtype": "<i4"}, {"id": "shuffle", "elementsize": 4}]),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_of_version_2(name, tmp_path):
    dtype, filters = FILTERS[name]
    array = values(dtype)
    codecs = [numcodecs.get_codec(dict(each)) for each in filters]
    expected = written(tmp_path / "a.zarr", 2, array, filters=codecs, compressors=numcodecs.Zlib())
    np.testing.assert_array_equal(read(tmp_path / "a.zarr"), expected)
    np.testing.assert_allclose(expected, array, atol=0.06)


def metadata_3(path, codecs, shape=SHAPE, dtype="float32", chunk=(4, 4, 4), **keys):
    path.mkdir(parents=True, exist_ok=True)
    found = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(shape),
        "data_type": dtype,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunk)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "codecs": codecs,
        "attributes": {},
    }
    (path / "zarr.json").write_text(json.dumps(found | keys), encoding="utf-8")


BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
CODECS = {
    "plain": [BYTES],
    "big": [{"name": "bytes", "configuration": {"endian": "big"}}],
    "gzip": [BYTES, {"name": "gzip", "configuration": {"level": 1}}],
    "zstd": [BYTES, {"name": "zstd", "configuration": {"level": 0, "checksum": False}}],
    "summed zstd": [BYTES, {"name": "zstd", "configuration": {"level": 0, "checksum": True}}, {"name": "crc32c"}],
    "blosc": [
        BYTES,
        {
            "name": "blosc",
            "configuration": {"typesize": 4, "cname": "zstd", "clevel": 5, "shuffle": "shuffle", "blocksize": 0},
        },
    ],
    "transposed": [{"name": "transpose", "configuration": {"order": [2, 0, 1]}}, BYTES],
    "shards": [
        {
            "name": "sharding_indexed",
            "configuration": {
                "chunk_shape": [2, 4, 2],
                "codecs": [
                    {"name": "transpose", "configuration": {"order": [2, 0, 1]}},
                    BYTES,
                    {"name": "gzip", "configuration": {"level": 1}},
                ],
                "index_codecs": [BYTES, {"name": "crc32c"}],
                "index_location": "start",
            },
        }
    ],
}


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("encoding", ["default", "v2"])
def test_version_3(name, encoding, tmp_path):
    keys = {"chunk_key_encoding": {"name": encoding, "configuration": {"separator": "." if encoding == "v2" else "/"}}}
    metadata_3(tmp_path / "a.zarr", CODECS[name], **keys)
    array = values("f4")
    zarr.open_array(str(tmp_path / "a.zarr"), mode="r+")[:] = array
    np.testing.assert_array_equal(read(tmp_path / "a.zarr"), array)


NUMCODECS = {
    "zlib": [BYTES, {"name": "numcodecs.zlib", "configuration": {"level": 1}}],
    "bz2": [BYTES, {"name": "numcodecs.bz2", "configuration": {"level": 1}}],
    "lz4": [BYTES, {"name": "numcodecs.lz4", "configuration": {"acceleration": 1}}],
    "shuffle": [BYTES, {"name": "numcodecs.shuffle", "configuration": {"elementsize": 4}}],
    "crc32": [BYTES, {"name": "numcodecs.crc32", "configuration": {}}],
    "delta": [{"name": "numcodecs.delta", "configuration": {"dtype": "<f4"}}, BYTES],
    "bitround": [{"name": "numcodecs.bitround", "configuration": {"keepbits": 16}}, BYTES],
    "scale": [
        {
            "name": "numcodecs.fixedscaleoffset",
            "configuration": {"offset": 0, "scale": 10, "dtype": "<f4", "astype": "<u2"},
        },
        BYTES,
    ],
}


@pytest.mark.parametrize("name", NUMCODECS)
def test_codecs_of_numcodecs_in_version_3(name, tmp_path):
    metadata_3(tmp_path / "a.zarr", NUMCODECS[name])
    array = values("f4")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            zarr.open_array(str(tmp_path / "a.zarr"), mode="r+")[:] = array
        except (KeyError, ValueError, TypeError):  # this version of zarr does not know it
            pytest.skip(f"zarr {zarr.__version__} does not write it")
    np.testing.assert_array_equal(read(tmp_path / "a.zarr"), array)


def test_shards_are_read_in_part_and_whole(tmp_path):
    array = np.arange(32**3, dtype="f4").reshape(32, 32, 32)
    made = zarr.create_array(
        str(tmp_path / "a.zarr"), shape=array.shape, chunks=(4, 8, 4), shards=(16, 16, 16), dtype="f4"
    )
    made[:20, 3:, :] = array[:20, 3:, :]
    array[20:], array[:, :3] = 0, 0
    source = build(Grid, {"kind": "grid", "file": "a.zarr"}).open(tmp_path)
    np.testing.assert_array_equal(source.at(0).field(None), array)
    from moviemaker.data.readers.zarr import open_file

    pieces = open_file(tmp_path / "a.zarr").arrays["value"].pieces
    for box in (((3, 5), (7, 9), (1, 2)), ((0, 17), (15, 32), (0, 32)), ((31, 32), (0, 32), (5, 6))):
        chosen = tuple(slice(low, high) for low, high in box)
        np.testing.assert_array_equal(pieces.read(None, box), array[chosen])


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    ("dtype", "fill"),
    [("f4", 7.5), ("f4", np.nan), ("f8", -np.inf), ("i2", -3), ("u1", 255), ("f2", 0.5), ("bool", True)],
)
def test_what_was_never_written_has_the_fill_value(version, dtype, fill, tmp_path):
    zarr.create_array(
        str(tmp_path / "a.zarr"), shape=SHAPE, chunks=(4, 4, 4), dtype=dtype, zarr_format=version, fill_value=fill
    )
    from moviemaker.data.readers.zarr import open_file

    np.testing.assert_array_equal(
        open_file(tmp_path / "a.zarr").arrays["value"].read(None), np.full(SHAPE, fill, dtype)
    )


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("zlib", zlib.compress(bytes(10**7))),
        ("gzip", zlib.compress(bytes(10**7), wbits=31)),
        ("bz2", bz2.compress(bytes(10**7))),
        ("lzma", lzma.compress(bytes(10**7))),
        ("bz2", bz2.compress(bytes(10**4)) * 1000),
        ("blosc", b"\x02\x01\x00\x04" + struct.pack("<III", 10**9, 4096, 16) + bytes(100)),
        ("lz4", struct.pack("<I", 10**9) + bytes(100)),
        ("zstd", b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", 10**9) + bytes(100)),
        ("zstd", b"\x28\xb5\x2f\xfd\x00\x58" + 1000 * struct.pack("<I", 2 | 100000 << 3)[:4] + b"\x01\x00\x00"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_codec_unpacks_more_than_belongs_in_a_chunk(name, packed):
    with pytest.raises(ValueError, match="unpacks to more than the 100000 bytes"):
        zarr_codecs.unpacked(name, packed, 100_000, {})


def test_zstd_without_a_size(tmp_path):
    """Streams of Zstandard may leave out how long they are."""
    raw = bytes(range(256)) * 4
    blocks = struct.pack("<I", 0 | len(raw) << 3)[:3] + raw + struct.pack("<I", 1 | 1 << 1 | 50 << 3)[:3] + b"x"
    packed = b"\x28\xb5\x2f\xfd\x00\x58" + blocks
    assert zarr_codecs._size_in_zstd(packed) == len(raw) + 50
    with contextlib.suppress(ValueError):  # of a numcodecs that needs the size
        assert zarr_codecs.unpacked("zstd", packed, 10_000, {}) == raw + b"x" * 50


@pytest.mark.parametrize("version", [2, 3])
def test_a_damaged_chunk_is_reported(version, tmp_path):
    zarr.create_array(str(tmp_path / "a.zarr"), shape=SHAPE, chunks=(4, 4, 4), dtype="f4", zarr_format=version)[:] = 1
    chunk = tmp_path / "a.zarr" / ("0.0.0" if version == 2 else "c/0/0/0")
    whole = chunk.read_bytes()
    for content in (b"", whole[:10], whole[:-5], b"\xff" * len(whole), whole + b"xx" * 2000):
        chunk.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            read(tmp_path / "a.zarr")


def test_a_wrong_checksum_is_reported(tmp_path):
    made = zarr.create_array(str(tmp_path / "a.zarr"), shape=(8,) * 3, chunks=(4,) * 3, shards=(8,) * 3, dtype="f4")
    made[:] = 1
    (shard,) = (path for path in (tmp_path / "a.zarr" / "c").rglob("0") if path.is_file())
    content = bytearray(shard.read_bytes())
    content[-10] ^= 1
    shard.write_bytes(content)
    with pytest.raises(InputError, match="the checksum of a chunk is wrong"):
        read(tmp_path / "a.zarr")
