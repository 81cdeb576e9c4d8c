"""The light of the sky on surfaces, as GLSL and as its uniforms.

The light that a matt surface gets is a quadratic form of its normal (R. Ramamoorthi and P. Hanrahan, "An Efficient
Representation for Irradiance Environment Maps", SIGGRAPH 2001), and a term of order 4 about the vertical. What a rough
mirror shows is looked up in the levels of `Reflections`.
"""

from __future__ import annotations

import numpy as np

from moviemaker.core.props import Environment, Reflections

LIGHT_AND_CODES = """
#ifndef LIGHT_AND_CODES
#define LIGHT_AND_CODES
vec3 lightOf(vec3 codes)
{
  return mix(pow((max(codes, 0.0) + 0.055) / 1.055, vec3(2.4)), codes / 12.92, step(codes, vec3(0.04045)));
}
vec3 codesOf(vec3 light)
{
  return mix(1.055 * pow(max(light, 1e-9), vec3(1.0 / 2.4)) - 0.055, 12.92 * light, step(light, vec3(0.0031308)));
}
#endif
"""
"""`lightOf` and `codesOf`: from sRGB codes to linear light and back, also beyond white. It may stand twice."""

FALLING = """
vec3 environmentLight(vec3 normal)
{
  vec4 n = vec4(normal, 1.0);
  float up = dot(normal, environmentUp), square = up * up;
  vec3 light = vec3(
    dot(n, environmentForms[0] * n), dot(n, environmentForms[1] * n), dot(n, environmentForms[2] * n));
  return max(light + environmentFourth * ((35.0 * square - 30.0) * square + 3.0), vec3(0.0));
}
"""
"""`environmentLight(normal)`: the linear light of a white matt surface."""

REFLECTED = """
vec3 environmentLevel(vec2 place, int level)
{
  vec4 pair = environmentForms[4][level / 2];
  vec2 row = level % 2 == 0 ? pair.xy : pair.zw; // the level's first row and its width
  vec2 texel = vec2(1.0, row.x + 1.0) + place * row.y * vec2(1.0, 0.5);
  return textureLod(environmentTexels, texel / vec2(textureSize(environmentTexels, 0)), 0.0).rgb;
}
vec3 environmentSeen(vec3 direction, float alpha)
{
  vec3 d = mat3(environmentForms[3]) * direction;
  vec2 place = vec2(0.5 - atan(d.y, d.x) * 0.15915494, 0.5 - atan(d.z, length(d.xy)) * 0.31830989);
  float level = clamp(alpha < 0.015625 ? 64.0 * alpha : 7.0 + log2(alpha), 0.0, 7.0);
  int low = min(int(level), 6);
  return mix(environmentLevel(place, low), environmentLevel(place, low + 1), level - float(low));
}
"""
"""`environmentSeen(direction, alpha)`: the linear light that a mirror of the roughness `sqrt(alpha)` shows."""

SAMPLER = ("environmentTexels", "sampler2D")


def forms_of(environment: Environment) -> np.ndarray:
    """The matrices (5, 4, 4) of `environmentForms`, as VTK takes them.

    They are the quadratic forms of the three colours, the sky's axes, and the first rows and widths of the levels.
    """
    forms = np.zeros((5, 4, 4))
    c = environment.brightness * environment.irradiance
    turned = np.eye(4)
    turned[:3, :3] = environment.axes
    for channel in range(3):
        one, y, z, x, xy, yz, zz, xz, xx = c[:9, channel]
        own = np.array(
            [
                [xx, xy / 2, xz / 2, x / 2],
                [xy / 2, -xx, yz / 2, y / 2],
                [xz / 2, yz / 2, 3 * zz, z / 2],
                [x / 2, y / 2, z / 2, one - zz],
            ]
        )
        forms[channel] = turned.T @ own @ turned
    forms[3] = turned.T
    if environment.reflections is not None:
        forms[4] = _rows(environment.reflections)
    return forms


def _rows(reflections: Reflections) -> np.ndarray:
    first, rows = 0, []
    for width in reflections.widths:
        rows += [first, width]
        first += width // 2 + 2
    return np.reshape(rows, (4, 4))
