"""Arrays in memory that are not what they say, or larger than any memory."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.data.memory.given import held


def test_an_array_that_repeats_its_numbers_without_end_is_refused():
    with pytest.raises(InputError, match="repeats its numbers"):
        held(np.broadcast_to(np.float32(1), (10_000, 10_000, 10_000)))
    assert held(np.broadcast_to(np.float32(1), (10, 10, 10))).contents()


def test_blocks_of_dask_have_the_shape_that_they_declare():
    """NumPy would repeat the one layer, and the picture would be wrong."""
    array = pytest.importorskip("dask.array")
    grid = array.zeros((8, 8, 8), chunks=4)
    wrong = grid.map_blocks(lambda block: block[:1], dtype=float, chunks=(4, 4, 4), meta=np.zeros((0, 0, 0)))
    stored = next(iter(held(wrong).contents().arrays.values()))
    with pytest.raises(InputError, match="has the shape"):
        stored.read(None)
    with pytest.raises(InputError, match="has the shape"):
        list(held(wrong).parts())


def test_classes_of_libraries_that_are_not_data():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(InputError, match="of pandas is not data"):
        held(pandas.DataFrame({"x": [1.0]}).rolling(1))
    with pytest.raises(InputError, match="of pandas is not data"):
        held(pandas.Timestamp("2000-01-01"))
