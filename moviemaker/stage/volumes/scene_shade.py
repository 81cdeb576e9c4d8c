"""The light of the scene along a ray through volumes, as GLSL.

It changes over cells that are wider than a step, so it is looked up at every few steps only, and interpolated between.
"""

from __future__ import annotations

from moviemaker.stage.shading.shade_glsl import cells_at, sky_function, uniforms_of_volumes
from moviemaker.stage.shading.shade_variant import WIDE_OPEN, ShadeVariant

EVERY = 2
"""Steps from one look-up to the next. With four, both eyes would see a place up to 8 of 255 differently bright."""

# s^1.4 within 0.006; a renderer without a GPU takes as long for a power as for all other light of a sample.
_BRIGHTENED = """
float brightened(float sky)
{
  float s = sqrt(min(2.0 * sky, 1.0));
  return s * (0.366 + s * (0.9127 - 0.2787 * s));
}
"""


def declared(shade: ShadeVariant) -> str:
    """What shaders need to look up light: `lightAfter`, `lightPassed` and `lightBetween`."""
    if shade == WIDE_OPEN:
        return ""
    held = ["sky"] * (shade.levels > 0) + [f"got{index}" for index in range(shade.in_volumes)]
    after = "  skyAfter = skyAt(place, vec3(0.0));\n" if shade.levels else ""
    for index in range(shade.in_volumes):
        after += f"  got{index}After = sqrt({cells_at('inVolumes', index, 'place')});\n"
    return (
        "uniform vec4 sceneFromPoint; // the camera's place, and the length of a step\n"
        f"{uniforms_of_volumes(shade)}{sky_function(shade.levels) + _BRIGHTENED if shade.levels else ''}"
        + "float counts;\n"
        + "".join(f"vec4 {name}, {name}Before, {name}After;\n" for name in held)
        + "void lightAfter(vec3 point)\n{\n"
        f"  vec3 place = sceneFromPoint.w * point + sceneFromPoint.xyz;\n{after}}}\n"
        + "void lightPassed()\n{\n"
        + "".join(f"  {name}Before = {name}After;\n" for name in held)
        + "}\nvoid lightBetween(float part)\n{\n"
        + "".join(f"  {name} = mix({name}Before, {name}After, part);\n" for name in held)
        + "}\n"
    )


def marched(shade: ShadeVariant, name: str, ends: tuple[str, str], begin: str, step: str) -> str:
    """The loop over the steps of a chunk, in the light of the scene.

    Args:
        shade: what is looked up.
        name: the variable that counts steps.
        ends: its first value, and where it ends.
        begin: where the step of a value, `{}`, begins, from the camera: an expression.
        step: what is done in a step. It may be done once too often, where `counts` is 0.
    """
    first, last = ends
    if shade == WIDE_OPEN:
        return f"for (float {name} = {first}; {name} < {last}; {name} += 1.0)\n    {{{step}\n    }}"
    # A loop inside of the loop would cost a renderer without a GPU as much as the look-ups.
    steps = "".join(
        f"      {{\n        float {name} = held + {index:.1f};\n"
        f"        counts = {'1.0' if index == 0 else f'float({name} < {last})'};\n"
        f"        lightBetween({(index + 0.5) / EVERY});{step}\n      }}\n"
        for index in range(EVERY)
    )
    return f"""lightAfter({begin.format(first)});
    lightPassed();
    for (float held = {first}; held < {last}; held += {EVERY:.1f})
    {{
      lightAfter({begin.format(f"held + {EVERY:.1f}")});
{steps}      lightPassed();
    }}"""


def lit_at(shade: ShadeVariant, point: str) -> str:
    """Looks up the light at a point from the camera."""
    return "" if shade == WIDE_OPEN else f"lightAfter({point});\n    lightBetween(1.0);"
