"""Pre-integration: transfer functions that change within a few values, in steep fields, against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Parallel, View
from moviemaker.core.props import TransferFunction, Volume
from moviemaker.stage.stage import Stage
from moviemaker.stage.volumes.transfer_tables import Entry, table_of

VIEW = View(np.array([0.0, -10, 0]), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), Parallel(1.0), (16, 16))
WHITE = np.ones((2, 3))
COUNT, LENGTH = 21, 2.0
STEP = LENGTH / (COUNT - 1)
WIDTH = 0.004
"""Half the width of the peak, where neighbouring samples differ by 0.05."""


@pytest.fixture(scope="module")
def stage():
    stage = Stage()
    yield stage
    stage.close()


def ramp(peak, opacity=0.9, unit=0.02, blend="composite", **more):
    """A field from 0 to 1 along the view, of which only values in a triangular peak are visible."""
    values = np.broadcast_to(np.linspace(0, 1, COUNT, dtype=np.float32)[None, :, None], (4, COUNT, 4)).copy()
    opacities = ((peak - WIDTH, 0.0), (peak, opacity), (peak + WIDTH, 0.0))
    transfer = TransferFunction(np.array([0.0, 1.0]), WHITE, opacities)
    spacing = (LENGTH / 3, STEP, LENGTH / 3)
    return Volume(values, (-1, -1, -1), spacing, transfer, 1.0, unit, STEP, blend, shade=False, **more)


def depth(opacity=0.9, unit=0.02):
    """The optical depth of the path through the peak, by fine steps."""
    rising = np.linspace(0, opacity, 20001)
    return 2 * WIDTH * LENGTH / unit * np.mean(-np.log1p(-(rising[1:] + rising[:-1]) / 2))


def seen(stage, *volumes):
    stage.hang(volumes, [])
    return stage.photograph(VIEW, (0, 0, 0))[6:10, 6:10, 0].mean() / 255


PEAKS = np.linspace(0.31, 0.69, 9)
"""Places of the peak between samples and at samples."""


@pytest.mark.parametrize("peak", PEAKS)
def test_a_peak_between_two_samples_is_not_missed(stage, peak):
    assert seen(stage, ramp(peak)) == pytest.approx(1 - math.exp(-depth()), abs=0.01)


@pytest.mark.parametrize("peak", PEAKS[::2])
def test_nor_in_two_overlapping_volumes(stage, peak):
    faint = 1 - 0.95 ** (LENGTH / 0.5)
    constant = TransferFunction(np.array([0.0, 1.0]), WHITE, ((0, 0.05), (1, 0.05)))
    other = replace(ramp(0.5), transfer=constant, unit_distance=0.5)
    expected = 1 - math.exp(-depth()) * (1 - faint)
    assert seen(stage, ramp(peak), other) == pytest.approx(expected, abs=0.012)


@pytest.mark.parametrize("peak", PEAKS[::2])
def test_nor_where_light_adds_up(stage, peak):
    shine = WIDTH * 0.9 * LENGTH / 0.02
    assert seen(stage, ramp(peak, blend="additive")) == pytest.approx(shine, abs=0.01)


def test_coarser_steps_see_the_same(stage):
    for steps in (0.5, 2, 5):
        assert seen(stage, replace(ramp(0.43), step=steps * STEP)) == pytest.approx(1 - math.exp(-depth()), abs=0.012)


def test_a_threshold_has_its_edge_where_it_is(stage):
    """If the volume is thick from a value on, the part of a step beyond it counts."""
    transfer = TransferFunction(np.array([0.0, 1.0]), WHITE, ((0.4999, 0.0), (0.5, 0.6)))
    for away in (0.0, 0.01, 0.024, 0.037):
        edge = TransferFunction(transfer.color_values, WHITE, ((0.4999 + away, 0.0), (0.5 + away, 0.6)))
        path = (0.5 - away) * LENGTH
        volume = replace(ramp(0.5), transfer=edge, unit_distance=1.0)
        assert seen(stage, volume) == pytest.approx(1 - 0.4**path, abs=0.01)


def test_soft_and_uniform_volumes_are_not_preintegrated():
    soft = ramp(0.5)
    soft = replace(soft, transfer=TransferFunction(np.array([0.0, 1.0]), WHITE, ((0, 0), (1, 0.5))))
    for entry in (Entry.OPACITY, Entry.DEPTH, Entry.EMISSION):
        assert len(table_of(soft, 0, 1, STEP, entry, 0.05).rgba) == 1
        assert len(table_of(ramp(0.5), 0, 1, STEP, entry, 0.0).rgba) == 1
        assert len(table_of(ramp(0.5), 0, 1, STEP, entry, 0.05).rgba) == 2
    assert len(table_of(ramp(0.5), 0, 1, STEP, Entry.PLAIN, 0.05).rgba) == 1
