"""Blending of a level of a large grid with the next coarser one. Compiled."""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled, numba


@compiled
def blend(
    fine: np.ndarray, coarse: np.ndarray, factor: np.ndarray, wx: np.ndarray, wy: np.ndarray, wz: np.ndarray
) -> None:
    """Blends `fine`, in place, with values that are interpolated linearly between samples of `coarse`.

    Args:
        fine: (nx, ny, nz) float32; its sample i along an axis is at sample `i / factor` of `coarse`.
        coarse: float32, covering the same box.
        factor: (3,) whole numbers.
        wx, wy, wz: the weight of a sample of `fine` is the product of three of these. Samples of weight 0 may be NaN.
    """
    nx, ny, nz = fine.shape
    fx, fy, fz = factor
    cx, cy, cz = coarse.shape
    for i in numba.prange(nx):
        i0 = i // fx
        i1 = min(i0 + 1, cx - 1)
        u = np.float32((i - i0 * fx) / fx)
        for j in range(ny):
            j0 = j // fy
            j1 = min(j0 + 1, cy - 1)
            v = np.float32((j - j0 * fy) / fy)
            wij = wx[i] * wy[j]
            for k in range(nz):
                weight = wij * wz[k]
                if weight == np.float32(1):
                    continue
                k0 = k // fz
                k1 = min(k0 + 1, cz - 1)
                w = np.float32((k - k0 * fz) / fz)
                # a + (b - a) t is exactly a where both are a. The tests skip samples of weight 0, which may be NaN.
                low = coarse[i0, j0, k0]
                if w > 0:
                    low += (coarse[i0, j0, k1] - low) * w
                if v > 0:
                    other = coarse[i0, j1, k0]
                    if w > 0:
                        other += (coarse[i0, j1, k1] - other) * w
                    low += (other - low) * v
                if u > 0:
                    high = coarse[i1, j0, k0]
                    if w > 0:
                        high += (coarse[i1, j0, k1] - high) * w
                    if v > 0:
                        other = coarse[i1, j1, k0]
                        if w > 0:
                            other += (coarse[i1, j1, k1] - other) * w
                        high += (other - high) * v
                    low += (high - low) * u
                if weight > 0:
                    low += (fine[i, j, k] - low) * weight
                fine[i, j, k] = low
