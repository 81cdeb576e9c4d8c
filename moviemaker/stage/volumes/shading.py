"""The colour and opacity of one step of a ray through a volume, as GLSL functions.

Surfaces inside of a body, such as those of bones, hide most of the sky and of the lamps from each other, and would be
much darker than the same surfaces in the open. So the sky is seen as `min(1, 2 sky)^0.7`, and a lamp as the square root
of what gets there.
"""

from __future__ import annotations

from moviemaker.core.props.coverage import REACH
from moviemaker.core.props.shade import SCATTERED
from moviemaker.stage.shading.shade_variant import ShadeVariant
from moviemaker.stage.volumes.scene_shade import declared
from moviemaker.stage.volumes.shader_variant import ShaderVariant
from moviemaker.stage.volumes.transfer_tables import FACTORS, TABLE_SIZE, Entry

ISOTROPIC = 0.25
"""The part of a lamp's light that a sample without a gradient sends: the average over surfaces of all directions."""


def lighting(variant: ShaderVariant) -> str:
    """The function that lights a sample.

    The length of its normal is the certainty that there is a surface: where the field hardly changes, the sample sends
    the same light wherever the lamps are. A surface shows the side that is turned to the eye, which only the lamps on
    that side light; seen edge on, it shows half of each.
    """
    if not any(volume.lit for volume in variant.volumes):
        return ""
    shade = variant.shade
    uniforms, lines = "uniform vec3 ambient;\n" + ("" if shade.in_volumes else "uniform vec3 isotropic;\n"), []
    for index, sun in enumerate(variant.lamps):
        uniforms += f"uniform vec3 lamp{index};\nuniform vec3 color{index};\n"
        toward = f"lamp{index}" if sun else f"normalize(lamp{index} - point)"
        lines.append(f"  toward = {toward};\n  angle = dot(normal, toward);\n")
        seen = "mix(max(-angle, 0.0), max(angle, 0.0), front)"
        if variant.scattering:
            lines.append(f"  cosine = dot(ray, toward);\n{_once(shade, index)}  {_reaching(shade, index)};\n")
            seen = f"reaching * {seen} + {ISOTROPIC} * (1.0 - sure) * {_SCATTERED}"
        elif shade.in_volumes:
            seen = f"{_reaching(shade, index)} * ({seen} + {ISOTROPIC} * (1.0 - sure))"
        lines.append(f"  light += ({seen}) * color{index};\n")
        if any(volume.glossy for volume in variant.volumes):
            half_way = "abs(dot(normal, normalize(toward - ray))) / max(sure, 1e-6)"
            shine = f"sure * pow({half_way}, {_SHININESS:.1f})"
            lines.append(f"  shine += {shine}{' * reaching' if shade.in_volumes else ''} * color{index};\n")
    return (
        f"{uniforms}{declared(shade)}{_PHASE if variant.scattering else ''}"
        "vec4 lit(vec4 seen, vec3 gradient, vec3 point, vec3 ray, float gloss, float phase)\n{\n"
        "  float square = dot(gradient, gradient);\n"
        f"  vec3 normal = gradient * inversesqrt(square + {_FLAT**2});\n"
        f"  float sure = sqrt(square / (square + {_FLAT**2}));\n"
        f"  float front = clamp(0.5 - {_EDGE_ON:.1f} * dot(normal, ray), 0.0, 1.0);\n"
        f"{_ambient(variant)}"
        f"  vec3 shine = vec3(0.0);\n  vec3 toward;\n  float angle;\n{''.join(lines)}"
        "  return vec4(min(seen.rgb * light + gloss * seen.a * shine, vec3(seen.a)), seen.a);\n}\n"
    )


_PHASE = """float phased(float g, float cosine)
{
  float q = 1.0 + g * (g - 2.0 * cosine);
  return (1.0 - g * g) * inversesqrt(q * q * q);
}
"""

_SCATTERED = (
    f"({SCATTERED[0]} * phased(phase, cosine) * once + {SCATTERED[1]} * phased(0.5 * phase, cosine) * reaching)"
)
"""What a place without a surface sends on of a lamp's light; `reaching` holds the root of what gets there."""


def _ambient(variant: ShaderVariant) -> str:
    """The light that comes from all around, and what lamps send into a place without a surface."""
    light = "ambient"
    if variant.shade.levels:
        light = "(1.0 - skyOcclusion * (1.0 - brightened(skySeen(sky, (2.0 * front - 1.0) * normal)))) * ambient"
    if variant.shade.in_volumes or variant.scattering:
        return f"  float reaching, once, cosine;\n  vec3 light = {light};\n"
    return f"  vec3 light = {light} + isotropic * (1.0 - sure);\n"


def _once(shade: ShadeVariant, index: int) -> str:
    """What of a lamp's light gets to a sample without having been scattered."""
    looked = shade.lamps[index].in_volumes if shade.lamps else None
    if looked is None:
        return "  once = 1.0;\n"
    got = f"got{looked[0]}.{'xyzw'[looked[1]]}"
    return f"  once = 1.0 - lampStrength{index} * (1.0 - {got} * {got});\n"


def _reaching(shade: ShadeVariant, index: int) -> str:
    """What of a lamp's light gets to a sample."""
    looked = shade.lamps[index].in_volumes if shade.lamps else None
    if looked is None:
        return "(reaching = 1.0)"
    return f"(reaching = 1.0 - lampStrength{index} * (1.0 - got{looked[0]}.{'xyzw'[looked[1]]}))"


_SHININESS = 30.0

_EDGE_ON = 4.0
"""A surface shows its front alone from where the cosine of its angle to the ray is beyond half of the inverse of this.
In between, both sides are mixed, so that nothing jumps where a normal turns over the edge."""

_FLAT = 0.003
"""A change of this part of the range over the width of a voxel counts half as a surface."""


def shaded_step(variant: ShaderVariant, index: int) -> str:
    """The function that gives the colour of a step, premultiplied, and the number that the table's entries hold.

    They are those of the sample in the middle of the step, or with pre-integration the mean over all values between the
    samples at its two ends.
    """
    volume = variant.volumes[index]
    lines = ["vec4 shaded@(vec3 place, vec3 toEnd, vec3 point, vec3 ray)\n{"]
    if volume.preintegrated:
        lines.insert(0, "vec4 before@; vec4 sum@; bool follows@ = false;")
        lines.append(_PREINTEGRATED + (_OPAQUE if variant.entry is Entry.OPACITY else ""))
    else:
        lines += [
            "  vec4 sampled = texture(field@, place);",
            f"  float entry = clamp(sampled.r * entry@.x + entry@.y, 0.0, {TABLE_SIZE - 1}.0);",
            "  vec4 seen = texelFetch(table@, ivec2(int(entry), 0), 0);",
        ]
    if volume.holes:
        lines.append(f"  seen *= clamp(0.5 + {2 * REACH} * (texture(known@, place).r - 0.5), 0.0, 1.0);")
    if volume.lit or volume.by_gradient:
        lines.append("  vec3 gradient = sampled.g * gs@ + sampled.b * gt@ + sampled.a * gr@ + g@;")
    if volume.by_gradient:
        ends = f"({0.5} + {FACTORS - 1}.0 * clamp(length(gradient) * factor@.x + factor@.y, 0.0, 1.0)) / {FACTORS}.0"
        lines.append(f"  seen *= texture(factors@, vec2({ends}, 0.5)).r;")
    if volume.lit:
        gloss, phase = "gloss@" if volume.glossy else "0.0", "phase@" if variant.scattering else "0.0"
        lines.append(f"  seen = lit(seen, gradient, point, ray, {gloss}, {phase});")
    return "\n".join([*lines, "  return seen;\n}\n"]).replace("@", str(index))


# Entries are rounded to integers, so that nothing is lost between one step and the next.
_PREINTEGRATED = f"""
  if (!follows@)
  {{
    before@ = texture(field@, place - toEnd);
    before@.r = floor(clamp(before@.r * entry@.x + entry@.y, 0.0, {TABLE_SIZE - 1}.0));
    sum@ = texelFetch(table@, ivec2(int(before@.r), 1), 0);
    follows@ = true;
  }}
  vec4 after = texture(field@, place + toEnd);
  after.r = floor(clamp(after.r * entry@.x + entry@.y, 0.0, {TABLE_SIZE - 1}.0));
  vec4 sum = texelFetch(table@, ivec2(int(after.r), 1), 0);
  float apart = after.r - before@.r;
  vec4 seen = apart == 0.0 ? texelFetch(table@, ivec2(int(after.r), 0), 0) : max((sum - sum@) / apart, 0.0);
  vec4 sampled = 0.5 * (before@ + after);
  before@ = after;
  sum@ = sum;"""

_OPAQUE = """
  float opacity = seen.a < 1e-3 ? seen.a * (1.0 - 0.5 * seen.a) : 1.0 - exp(-seen.a);
  seen = vec4(seen.rgb * (opacity / max(seen.a, 1e-30)), opacity);"""
