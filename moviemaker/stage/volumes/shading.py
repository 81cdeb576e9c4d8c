"""What a step of a ray through a cloud looks like, as functions of a shader."""

from __future__ import annotations

from moviemaker.stage.volumes.shader_variant import Way
from moviemaker.stage.volumes.transfer_tables import FACTORS, TABLE_SIZE, Entry


def light(way: Way) -> str:
    """The light that reaches a sample.

    Its normal is as long as is certain that there is a surface at all: where the field hardly changes, light comes from
    it as from mist, the same whichever way it falls. Both sides of a surface are lit.
    """
    if not any(cloud.lit for cloud in way.clouds):
        return ""
    declared, lines = "uniform vec3 ambient;\nuniform vec3 mist;\n", []
    for index, sun in enumerate(way.lamps):
        declared += f"uniform vec3 lamp{index};\nuniform vec3 color{index};\n"
        toward = f"lamp{index}" if sun else f"normalize(lamp{index} - point)"
        lines.append(f"  toward = {toward};\n  light += abs(dot(normal, toward)) * color{index};\n")
        if any(cloud.glossy for cloud in way.clouds):
            half_way = "abs(dot(normal, normalize(toward - way))) / max(sure, 1e-6)"
            lines.append(f"  shine += sure * pow({half_way}, {_SHININESS:.1f}) * color{index};\n")
    return (
        f"{declared}vec4 lit(vec4 seen, vec3 gradient, vec3 point, vec3 way, float gloss)\n{{\n"
        "  float square = dot(gradient, gradient);\n"
        f"  vec3 normal = gradient * inversesqrt(square + {_FLAT**2});\n"
        f"  float sure = sqrt(square / (square + {_FLAT**2}));\n"
        "  vec3 light = ambient + mist * (1.0 - sure);\n"
        f"  vec3 shine = vec3(0.0);\n  vec3 toward;\n{''.join(lines)}"
        "  return vec4(min(seen.rgb * light + gloss * seen.a * shine, vec3(seen.a)), seen.a);\n}\n"
    )


_SHININESS = 30.0

_FLAT = 0.003
"""A change of this part of the range over the width of a voxel is half way between mist and a surface."""


def look(way: Way, index: int) -> str:
    """What a step looks like: that number of the table's, with the colour times it before.

    It is the look of the sample in its middle, or of all from the one at its begin to that at its end.
    """
    cloud = way.clouds[index]
    lines = ["vec4 look@(vec3 place, vec3 toEnd, vec3 point, vec3 way)\n{"]
    if cloud.summed:
        lines.insert(0, "vec4 before@; vec4 sum@; bool follows@ = false;")
        lines.append(_SUMMED + (_OPAQUE if way.entry is Entry.OPACITY else ""))
    else:
        lines += [
            "  vec4 sampled = texture(field@, place);",
            f"  float entry = clamp(sampled.r * entry@.x + entry@.y, 0.0, {TABLE_SIZE - 1}.0);",
            "  vec4 seen = texelFetch(table@, ivec2(int(entry), 0), 0);",
        ]
    if cloud.holes:
        lines.append("  seen *= step(0.5, texture(known@, place).r);")
    if cloud.lit or cloud.faded:
        lines.append("  vec3 gradient = sampled.g * gs@ + sampled.b * gt@ + sampled.a * gr@ + g@;")
    if cloud.faded:
        ends = f"({0.5} + {FACTORS - 1}.0 * clamp(length(gradient) * factor@.x + factor@.y, 0.0, 1.0)) / {FACTORS}.0"
        lines.append(f"  seen *= texture(factors@, vec2({ends}, 0.5)).r;")
    if cloud.lit:
        lines.append(f"  seen = lit(seen, gradient, point, way, {'gloss@' if cloud.glossy else '0.0'});")
    return "\n".join([*lines, "  return seen;\n}\n"]).replace("@", str(index))


# Entries are whole numbers: of what is between them, nothing is lost from one step to the next.
_SUMMED = f"""
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
