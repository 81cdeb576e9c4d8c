"""Colormaps equal Matplotlib's, also those that are read without Matplotlib."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import LinearSegmentedColormap

from moviemaker.core.colormaps import COLORMAP, STEPS, _stands_in_source, color_table
from moviemaker.core.errors import InputError


def test_every_matplotlib_name_is_a_colormap():
    for name in matplotlib.colormaps:
        assert COLORMAP.parse(name) == name


def test_names_in_the_source_are_known_to_matplotlib():
    folder = Path(matplotlib.__file__).parent
    words = set(re.findall(r"\w+", "".join((folder / f).read_text() for f in ("_cm.py", "_cm_listed.py"))))
    seen = {word for word in words if _stands_in_source(word)}
    assert {"viridis", "inferno", "jet", "tab10"} <= seen
    assert seen <= set(matplotlib.colormaps)


def test_an_unknown_name_is_an_error():
    with pytest.raises(InputError, match="no such colormap 'infreno'; did you mean 'inferno'"):
        COLORMAP.parse("infreno")


@pytest.mark.parametrize("colors", [("black", "white"), ("#102030", "red", [0.2, 0.4, 0.6], "gold")])
def test_a_list_of_colors_is_mixed_as_matplotlib_mixes_it(colors):
    parsed = COLORMAP.parse(list(colors))
    expected = LinearSegmentedColormap.from_list("expected", parsed, N=STEPS)(np.linspace(0, 1, STEPS))[:, :3]
    assert color_table(parsed) == pytest.approx(expected, abs=1e-12)


def test_a_named_table_is_matplotlibs_own_and_cannot_be_changed():
    table = color_table("viridis")
    assert np.array_equal(table, matplotlib.colormaps["viridis"].colors)
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 1


def test_named_colours_are_kept_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path))
    color_table.cache_clear()
    first = color_table("viridis")
    monkeypatch.setattr("moviemaker.core.colormaps._named_table", None)  # Matplotlib cannot be asked now
    color_table.cache_clear()
    assert color_table("viridis").tobytes() == first.tobytes()
    monkeypatch.undo()
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path))
    (kept,) = (tmp_path / "colormaps").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    color_table.cache_clear()
    assert color_table("viridis").tobytes() == first.tobytes()
    monkeypatch.setenv("MOVIEMAKER_CACHE", "off")
    color_table.cache_clear()
    assert color_table("viridis").tobytes() == first.tobytes()
