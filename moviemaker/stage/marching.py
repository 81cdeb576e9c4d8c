"""The way of a ray through a cloud, in place of the loop of VTK's ray caster.

The sum is the same, found with less work: one look-up of a table gives colour and opacity together, the number of
steps is known before the first, and where whole blocks of samples are invisible the ray leaps over them (Zuiderveld,
Koning & Viergever, "Acceleration of ray-casting using 3D distance transforms", Proc. SPIE 1808, 1992). Samples lie in
the middles of equal steps from where the ray enters, and the last, shorter step counts as much as it is long, so the
opacity of a path does not depend on the length of the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from moviemaker.core.props import Volume

TABLE_SIZE = 4096
"""Entries of the table of colours and opacities; a sample takes the nearest."""

BLOCK = 4
"""Samples along an edge of a block."""

CHUNK = 8
"""Steps between two questions whether there is something to be seen: rays side by side stay side by side."""

SPARSE = 0.6
"""Asking pays as long as no more than this part of the blocks is visible."""

_PLACE = "//VTK::DepthPeeling::Ray::Init"

_SAMPLE = """
      float entry = clamp(texture(in_volume[0], place).r * scale + offset, 0.0, tableLast);
      vec4 seen = texelFetch(in_transfer2D_0[0], ivec2(int(entry), 0), 0);
#ifdef HOLES
      seen *= step(0.5, texture(in_mask, place).r);
#endif
"""

_MARCH = f"""
  vec3 begin = g_dataPos - g_rayJitter;
  vec3 slope = 1.0 / mix(g_dirStep, vec3(1e-9), lessThan(abs(g_dirStep), vec3(1e-9)));
  vec3 leaves = max((in_texMin[0] - begin) * slope, (in_texMax[0] - begin) * slope);
  float stop = dot(g_terminatePos - begin, g_dirStep) / dot(g_dirStep, g_dirStep);
  float path = min(min(leaves.x, min(leaves.y, leaves.z)), stop);  // in steps
  float whole = floor(path);
  float scale = in_volume_scale[0].r * tableScale;
  float offset = in_volume_bias[0].r * tableScale + tableOffset + 0.5;
#ifdef LEAPING
  vec3 size = vec3(textureSize(in_volume[0], 0)) / {BLOCK:.1f};
  vec3 ahead = abs(g_dirStep * size);
  float reach = {CHUNK / 2:.1f} * max(ahead.x, max(ahead.y, ahead.z));  // blocks to either side of the chunk's middle
#endif
  for (float first = 0.5; first < whole; first += {CHUNK:.1f})
  {{
#ifdef LEAPING
    vec3 middle = begin + (first + {(CHUNK - 1) / 2:.1f}) * g_dirStep;
    ivec3 block = clamp(ivec3(middle * size - {0.5 / BLOCK}), ivec3(0), textureSize(in_mask, 0) - 1);
    if (texelFetch(in_mask, block, 0).r * 255.0 > reach + 1.0) continue;
#endif
    vec3 place = begin + first * g_dirStep;
    float last = min(first + {CHUNK:.1f}, whole);
    for (float t = first; t < last; t += 1.0)
    {{{_SAMPLE}
      g_fragColor += (1.0 - g_fragColor.a) * seen;
      place += g_dirStep;
    }}
    if (g_fragColor.a > g_opacityThreshold) return g_fragColor;
  }}
  float part = path - whole;
  if (part > 0.0)
  {{
    vec3 place = begin + (whole + 0.5 * part) * g_dirStep;{_SAMPLE}
    if (seen.a > 0.0) seen *= (1.0 - pow(1.0 - min(seen.a, 0.99999), part)) / seen.a;
    g_fragColor += (1.0 - g_fragColor.a) * seen;
  }}
  return g_fragColor;
"""


def march(volume: Any, leaping: bool, holes: bool) -> None:
    """Lets the rays of a volume go this way.

    Args:
        volume: of VTK, whose mapper composites, with a transfer function of two dimensions.
        leaping: whether the mask of its mapper holds the `leaps` of blocks.
        holes: whether the mask is 255 where samples are known and 0 where they are not.
    """
    shaders = volume.GetShaderProperty()
    shaders.ClearFragmentShaderReplacement(_PLACE, True)
    defined = "#define LEAPING\n" * leaping + "#define HOLES\n" * holes
    shaders.AddFragmentShaderReplacement(_PLACE, True, defined + _MARCH, False)
    shaders.GetFragmentCustomUniforms().SetUniformf("tableLast", TABLE_SIZE - 1.0)


def look_up(volume: Any, table: Table, low: float, high: float) -> None:
    """Says which entry of a table a sample takes; `low` and `high` are the range of the samples, as VTK knows it."""
    uniforms = volume.GetShaderProperty().GetFragmentCustomUniforms()
    scale = (TABLE_SIZE - 1) / (table.high - table.low)
    uniforms.SetUniformf("tableScale", (high - low) * scale)
    uniforms.SetUniformf("tableOffset", (low - table.low) * scale)


@dataclass(frozen=True, eq=False)
class Table:
    """What samples look like.

    Attributes:
        rgba: (TABLE_SIZE, 4) float32; colours multiplied by their opacity, which is that of one step.
        low, high: the values that the first and the last entry are for.
    """

    rgba: np.ndarray
    low: float
    high: float


def table_of(prop: Volume, low: float, high: float) -> Table:
    """The table for a cloud whose samples lie between two values."""
    opacities = np.array(prop.transfer.opacities, dtype=float).reshape(-1, 2)
    ends = [*opacities[[0, -1], 0], *prop.transfer.color_values[[0, -1]]]
    low, high = max(low, min(ends)), min(high, max(ends))
    if not low < high:  # all samples lie to one side, or are equal: they have the look of that end
        low, high = min(low, high), min(low, high) + max(abs(low) * 1e-6, 1e-30)
    values = np.linspace(low, high, TABLE_SIZE)
    a = np.clip(np.interp(values, *opacities.T) * prop.opacity, 0, 1)
    with np.errstate(divide="ignore"):
        alpha = -np.expm1(np.log1p(-a) * (prop.step / prop.unit_distance))
    colors = [np.interp(values, prop.transfer.color_values, channel) for channel in prop.transfer.colors.T]
    rgba = np.column_stack([*(color * alpha for color in colors), alpha]).astype(np.float32)
    return Table(rgba, low, high)


@dataclass(frozen=True, eq=False)
class Blocks:
    """The least and the greatest sample of every block of a grid, and of the first samples of the blocks after it.

    Attributes:
        low, high: (bx, by, bz).
    """

    low: np.ndarray
    high: np.ndarray


def blocks_of(values: np.ndarray) -> Blocks:
    """The blocks of samples (nx, ny, nz)."""
    low = high = values
    for axis in range(3):
        starts = np.arange(0, max(values.shape[axis] - 1, 1), BLOCK)
        low, high = _reduced(np.minimum, low, starts, axis), _reduced(np.maximum, high, starts, axis)
    return Blocks(low, high)


def _reduced(extreme: Any, values: np.ndarray, starts: np.ndarray, axis: int) -> np.ndarray:
    """Extremes of runs of samples along an axis, each with the first sample of the next run: cells reach so far."""
    found: np.ndarray = extreme.reduceat(values, starts, axis=axis)
    before = [slice(None)] * 3
    before[axis] = slice(0, len(starts) - 1)
    inner = tuple(before)
    extreme(found[inner], values.take(starts[1:], axis=axis), out=found[inner])
    return found


def visible_blocks(blocks: Blocks, table: Table) -> np.ndarray:
    """Which blocks have anything to show: (bx, by, bz) bool."""
    scale = (TABLE_SIZE - 1) / (table.high - table.low)
    first = np.clip(np.floor((blocks.low - table.low) * scale), 0, TABLE_SIZE - 1).astype(int)
    last = np.clip(np.ceil((blocks.high - table.low) * scale), 0, TABLE_SIZE - 1).astype(int)
    visible_before = np.concatenate([[0], np.cumsum(table.rgba[:, 3] > 0)])
    seen: np.ndarray = visible_before[last + 1] > visible_before[first]
    return seen


def leaps(visible: np.ndarray) -> np.ndarray:
    """Distance of each block to the nearest visible one, in blocks, diagonals counted as one: (bx, by, bz) uint8."""
    from scipy.ndimage import distance_transform_cdt

    if not visible.any():
        return np.full(visible.shape, 255, np.uint8)
    distances: np.ndarray = np.minimum(distance_transform_cdt(~visible, metric="chessboard"), 255)
    return distances.astype(np.uint8)
