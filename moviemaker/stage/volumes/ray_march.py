"""The way of rays through clouds: a fragment shader in place of that of VTK's ray caster.

The sum is the same as by VTK's loop, found with less work: one look-up of a table gives colour and opacity together,
the number of steps is known before the first, and where whole blocks of samples are invisible the ray leaps over them
(Zuiderveld, Koning & Viergever, "Acceleration of ray-casting using 3D distance transforms", Proc. SPIE 1808, 1992).
Samples lie in the middles of equal steps from where the ray enters, and a step that lies in the cloud only in part
counts as much as is long what does, so that the opacity of a path does not depend on the length of the steps.

Where several clouds are in one place, their optical depths add up and their colours mix in that proportion: the light
of a step comes from all and is veiled by all (Max, "Optical models for direct volume rendering", IEEE TVCG 1, 1995).

All lengths in the shader are in steps, and places are those as seen from the camera: what is far from the origin of the
scene, or very large, is as exact as all else.
"""

from __future__ import annotations

from moviemaker.stage.ods.shaders import UNIFORMS, Eyes
from moviemaker.stage.volumes.empty_space import BLOCK
from moviemaker.stage.volumes.shader_variant import Way
from moviemaker.stage.volumes.shading import light, look
from moviemaker.stage.volumes.transfer_tables import TABLE_SIZE, Entry

CHUNK = 8
"""Steps between two questions whether there is something to be seen: rays side by side stay side by side."""

OPAQUE = 1 - 1 / 255
"""Where a ray has gathered so much, what is behind changes no pixel of 8 bits."""


def fragment_shader(way: Way) -> str:
    """The whole shader, in GLSL."""
    gathering = {Entry.OPACITY: _alone, Entry.DEPTH: _together, Entry.SHINE: _together, Entry.PLAIN: _picked}[way.entry]
    parts = [
        _HEAD,
        "uniform sampler2D passed;\n" if way.behind else "",
        UNIFORMS + way.eyes.value if way.eyes is not Eyes.ONE else "",
        *(_declared(way, index) for index in range(len(way.clouds))),
        light(way),
        *(look(way, index) for index in range(len(way.clouds))),
        "vec4 gather()\n{",
        _RAY,
        "" if way.eyes is Eyes.ONE else "  eye += odsEye(way);\n",
        _STOP if way.hidden else "",
        _BEHIND if way.behind else "",
        *(_entered(index) + cloud.cuts.bounds(index) for index, cloud in enumerate(way.clouds)),
        gathering(way),
        "}\nvoid main()\n{\n  gl_FragData[0] = gather();\n}\n",
    ]
    return "".join(parts)


_HEAD = """//VTK::System::Dec
//VTK::Output::Dec
uniform sampler2D in_depthSampler;
uniform vec2 in_windowLowerLeftCorner;
uniform vec2 in_inverseWindowSize;
uniform vec3 right;
uniform vec3 up;
uniform vec3 forward;
uniform vec4 lens;      // how a picture scales and shifts what is seen
uniform vec4 angles;    // of a picture that is even in angle: those of its lower left corner, and how many it spans
uniform vec2 depthOf;   // the same for depths
uniform float parallel; // 1: all rays go forward
uniform float nearest;
"""

_RAY = """
  vec2 seen = (gl_FragCoord.xy - in_windowLowerLeftCorner) * in_inverseWindowSize;
  vec2 side = angles.z > 0.0 ? tan(angles.xy + seen * angles.zw) : (2.0 * seen - 1.0 + lens.zw) / lens.xy;
  vec3 across = side.x * right + side.y * up;
  vec3 eye = parallel * across;
  vec3 way = forward + (1.0 - parallel) * across;
  float slant = length(way);
  way /= slant;
  float begin = nearest;
  float end = 1e9;
"""

_BEHIND = """
  float gone = 2.0 * texture(passed, seen).r - 1.0;
  begin = max(begin, parallel > 0.5 ? (depthOf.y - gone) / depthOf.x : slant * depthOf.y / (gone + depthOf.x));
"""

_STOP = """
  float drawn = 2.0 * texture(in_depthSampler, seen).r - 1.0;
  float stop = parallel > 0.5 ? (depthOf.y - drawn) / depthOf.x : slant * depthOf.y / (drawn + depthOf.x);
  end = drawn < 1.0 ? stop : end;
"""


def _declared(way: Way, index: int) -> str:
    cloud = way.clouds[index]
    lines = [
        "uniform sampler3D field@;",
        "uniform sampler2D table@;",
        "uniform vec4 s@; uniform vec4 t@; uniform vec4 r@;  // texture coordinates from places",
        "uniform vec3 low@; uniform vec3 high@;  // where the samples begin and end",
        "uniform vec2 entry@;  // of the table, from what the texture holds",
    ]
    if cloud.leaping:
        lines.append("uniform sampler3D leaps@; uniform vec3 blocks@;")
    if cloud.holes:
        lines.append("uniform sampler3D known@;")
    if cloud.lit or cloud.faded:
        lines.append(
            "uniform vec3 gs@; uniform vec3 gt@; uniform vec3 gr@; uniform vec3 g@;  // of a gradient, from differences"
        )
    if cloud.faded:
        lines.append("uniform sampler2D factors@; uniform vec2 factor@;")
    if cloud.glossy:
        lines.append("uniform float gloss@;")
    return "".join(f"{line}\n" for line in lines).replace("@", str(index)) + cloud.cuts.declarations(index)


def _entered(index: int) -> str:
    """Where the ray is in the box of a cloud: from `enter` to `leave`, of which there may be nothing."""
    return """
  vec3 from@ = vec3(dot(s@.xyz, eye) + s@.w, dot(t@.xyz, eye) + t@.w, dot(r@.xyz, eye) + r@.w);
  vec3 step@ = vec3(dot(s@.xyz, way), dot(t@.xyz, way), dot(r@.xyz, way));
  vec3 slope@ = 1.0 / mix(step@, vec3(1e-9), lessThan(abs(step@), vec3(1e-9)));
  vec3 one@ = min((low@ - from@) * slope@, (high@ - from@) * slope@);
  vec3 other@ = max((low@ - from@) * slope@, (high@ - from@) * slope@);
  float enter@ = max(max(one@.x, begin), max(one@.y, one@.z));
  float leave@ = min(min(other@.x, end), min(other@.y, other@.z));
""".replace("@", str(index))


def _reach(way: Way, index: int) -> str:
    """How far a chunk reaches to either side of its middle, in blocks."""
    if not way.clouds[index].leaping:
        return ""
    return (
        "  vec3 ahead@ = abs(step@ * blocks@);\n"
        f"  float reach@ = {CHUNK / 2:.1f} * max(ahead@.x, max(ahead@.y, ahead@.z)) + 1.0;\n"
    ).replace("@", str(index))


def _far(index: int) -> str:
    """Whether there is nothing to be seen of a cloud in a chunk around `middle`."""
    return (
        f"texelFetch(leaps@, clamp(ivec3((from@ + middle * step@) * blocks@ - {0.5 / BLOCK}), ivec3(0),"
        " textureSize(leaps@, 0) - 1), 0).r * 255.0 > reach@"
    ).replace("@", str(index))


def _forgotten(way: Way) -> str:
    """After a leap the sample before is far away."""
    return "".join(f"follows{index} = false; " for index, cloud in enumerate(way.clouds) if cloud.summed)


def _alone(way: Way) -> str:
    """A cloud by itself: equal steps, and a shorter one at the end."""
    skip = f"    if ({_far(0)}) {{ {_forgotten(way)}continue; }}\n" if way.clouds[0].leaping else ""
    point = "eye + (enter0 + {}) * way" if not all(way.lamps) else "eye"
    return f"""
  float path = leave0 - enter0;
  if (path <= 0.0) return vec4(0.0);
  float whole = floor(path);
  vec3 entry = from0 + enter0 * step0;
{_reach(way, 0)}
  vec4 gathered = vec4(0.0);
  for (float first = 0.5; first < whole; first += {CHUNK:.1f})
  {{
    float middle = enter0 + first + {(CHUNK - 1) / 2:.1f};
{skip}
    vec3 place = entry + first * step0;
    float last = min(first + {CHUNK:.1f}, whole);
    for (float t = first; t < last; t += 1.0)
    {{
      gathered += (1.0 - gathered.a) * look0(place, 0.5 * step0, {point.format("t")}, way);
      place += step0;
    }}
    if (gathered.a > {OPAQUE}) return gathered;
  }}
  float part = path - whole;
  if (part > 0.0)
  {{
    vec4 seen = look0(entry + (whole + 0.5 * part) * step0, 0.5 * part * step0, {point.format("whole")}, way);
    if (seen.a > 0.0) seen *= (1.0 - pow(1.0 - min(seen.a, 0.99999), part)) / seen.a;
    gathered += (1.0 - gathered.a) * seen;
  }}
  return gathered;
"""


def _steps(way: Way, sampled: str, after: str = "") -> str:
    """A loop over the steps of the ray from `first` to `last`: the middle of each is t, and what is `left` counts."""
    clouds = range(len(way.clouds))
    skip = " && ".join(f"({_far(index)})" for index in clouds if way.clouds[index].leaping)
    all_leap = all(cloud.leaping for cloud in way.clouds) and way.entry is not Entry.PLAIN
    return f"""
  for (float chunk = first; chunk < last; chunk += {CHUNK:.1f})
  {{
    float middle = chunk + {CHUNK / 2:.1f};
{f"    if ({skip}) {{ {_forgotten(way)}continue; }}" if all_leap else ""}
    float until = min(chunk + {CHUNK:.1f}, last);
    for (float begun = chunk; begun < until; begun += 1.0)
    {{
      float t = begun + 0.5;
{"".join(cloud.cuts.left(index) for index, cloud in enumerate(way.clouds))}{sampled}
    }}
{after}
  }}
"""


def _together(way: Way) -> str:
    """Several clouds, or one of which parts of steps are cut out."""
    clouds = range(len(way.clouds))
    first = (
        "first = min(first, leave@ > enter@ ? enter@ : first);\n  last = max(last, leave@ > enter@ ? leave@ : last);"
    )
    reaches = "".join(f"{_reach(way, index)}  {first.replace('@', str(index))}\n" for index in clouds)
    seen = "look@(from@ + clamp(t, enter@, leave@) * step@, 0.5 * step@, eye + t * way, way)"
    sampled = "      vec4 sum = vec4(0.0);\n" + "".join(
        f"      sum += left@ * {seen};\n".replace("@", str(index)) for index in clouds
    )
    if way.entry is Entry.SHINE:
        return f"""
  float first = 1e9, last = -1e9;
{reaches}  vec4 gathered = vec4(0.0);
{_steps(way, sampled + "      gathered += sum;")}
  return vec4(gathered.rgb, 0.0);
"""
    sampled += """
      float opacity = sum.a < 1e-3 ? sum.a * (1.0 - 0.5 * sum.a) : 1.0 - exp(-sum.a);
      gathered += (1.0 - gathered.a) * vec4(sum.rgb * (opacity / max(sum.a, 1e-30)), opacity);"""
    return f"""
  float first = 1e9, last = -1e9;
{reaches}  vec4 gathered = vec4(0.0);
{_steps(way, sampled, f"    if (gathered.a > {OPAQUE}) return gathered;")}
  return gathered;
"""


def _picked(way: Way) -> str:
    """One value picks the look of the whole way: the greatest, the least or the mean."""
    value = "texture(field0, place).r * entry0.x + entry0.y"
    holes = "      left0 *= step(0.5, texture(known0, place).r);\n" if way.clouds[0].holes else ""
    chosen = {
        "maximum": "if (left0 > 0.0) found = vec2(max(found.x, value), 1.0);",
        "minimum": "if (left0 > 0.0) found = vec2(min(found.x, value), 1.0);",
        "average": "found += left0 * vec2(value, 1.0);",
    }[way.blend]
    start = {"maximum": "-1e30", "minimum": "1e30", "average": "0.0"}[way.blend]
    result = "found.x / found.y" if way.blend == "average" else "found.x"
    sampled = f"""
      vec3 place = from0 + 0.5 * (since0 + until0) * step0;
{holes}      float value = {value};
      {chosen}"""
    return f"""
  float first = enter0, last = leave0;
  vec2 found = vec2({start}, 0.0);
{_steps(way, sampled)}
  if (found.y <= 0.0) return vec4(0.0);
  return texelFetch(table0, ivec2(int(clamp({result}, 0.0, {TABLE_SIZE - 1}.0)), 0), 0);
"""
