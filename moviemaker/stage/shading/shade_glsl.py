"""Looking up the light of the scene, as GLSL.

Textures have the axes of the scene in reverse, since z runs fastest in the arrays that they are made of. All places are
in the stage's coordinates; cells and texels are counted from 0, in their middles. `core.props.shade` says what the
numbers mean.
"""

from __future__ import annotations

from moviemaker.core.props.shade import STEEP, WIDTH
from moviemaker.stage.shading.fragment_shader import Addition
from moviemaker.stage.shading.shade_variant import AHEAD, LampVariant, ShadeVariant


def surface_addition(variant: ShadeVariant, spheres: bool = False) -> Addition | None:
    """What the light of the scene adds to the shaders of lit surfaces, or of sphere impostors; None: nothing."""
    reached = any(lamp.on_surfaces for lamp in variant.lamps)
    if not variant.levels and not reached:
        return None
    samplers = [("skyCells", "sampler3D")] * (variant.levels > 0)
    samplers += [(f"throughCells{index}", "sampler3D") for index in range(variant.through)]
    samplers += [("lampDepths", "sampler2D")] * (variant.maps > 0)
    samplers += [("lampLevels", "sampler2D")] * any(lamp.wide for lamp in variant.lamps)
    lines = (
        "  vec3 scenePlace = (sceneFromView * vec4(vertexVC.xyz, 1.0)).xyz;\n"
        "  vec3 sceneNormal = mat3(sceneFromView) * normalVCVSOutput;\n"
    )
    handed: tuple[tuple[str, str, str], ...] = ()
    if variant.levels:
        open_sky = "skyOpen(scenePlace, sceneNormal)"
        if variant.levels == 1:  # in the texture's own coordinates, which takes a third of the time
            at, ahead = "skyFromView * vec4(vertexVC.xyz, 1.0)", f"{AHEAD}"
            if spheres:
                handed = (("vec3", "skyMiddle", "(skyFromView * vec4(centerVCGSOutput, 1.0)).xyz"),)
                at, ahead = "skyMiddleVCVSOutput", f"({AHEAD} + skyFrom0.w * radiusVCVSOutput)"
            found = f"textureLod(skyCells, ({at}).xyz + {ahead} * skySize * sceneNormal.zyx, 0.0)"
            open_sky = f"skySeen({found}, sceneNormal)"
        lines += f"  ambientColor *= 1.0 - skyOcclusion + skyOcclusion * {open_sky};\n"
    for index in range(variant.through):
        lines += f"  vec4 through{index} = {cells_at('through', index, 'scenePlace', f'{AHEAD} * sceneNormal')};\n"
    for index, lamp in enumerate(variant.lamps if reached else ()):
        lines += _reaching(index, lamp, spheres)
        if spheres and lamp.maps == 1:
            handed += (("vec3", f"lampMiddle{index}", f"(lampMatrix[{lamp.first}] * vec4({_MIDDLE}, 1.0)).xyz"),)
    declared = sky_function(variant.levels) + _maps_function(variant)
    return Addition(
        declared,
        tuple(samplers),
        before_light=lines,
        handed=handed,
        uniforms_there=_uniforms_handed(variant, handed),
        lamp="reaching#" if reached else "",
    )


def uniforms_of_volumes(variant: ShadeVariant) -> str:
    """The uniforms that volumes need, for a shader in which VTK does not declare them."""
    lines = []
    if variant.levels:
        lines += ["uniform sampler3D skyCells;", "uniform float skyOcclusion;"]
        lines += [f"uniform vec3 {name};" for name in ("skySize", "skyScale", "skyStart")]
        for level in range(variant.levels):
            lines += [f"uniform vec4 skyFrom{level};", f"uniform vec4 skyLast{level};"]
    for index in range(variant.in_volumes):
        lines += [f"uniform sampler3D inVolumesCells{index};", f"uniform vec4 inVolumesFrom{index};"]
        lines += [f"uniform vec3 inVolumesLast{index};", f"uniform vec3 inVolumesSize{index};"]
    lines += [f"uniform float lampStrength{index};" for index, lamp in enumerate(variant.lamps) if lamp.in_volumes]
    return "".join(f"{line}\n" for line in lines)


def sky_function(levels: int) -> str:
    """`skyAt(place, ahead)`: the sky at a place moved by so many cells; `skySeen(sky, normal)`: the open part of it
    that a surface sees; `skyOpen(place, normal)`: that of a surface in a place.

    The finest level that holds the moved place counts; over the outermost cell of each it turns into the next one. A
    normal may be shorter than 1.
    """
    if not levels:
        return ""
    if levels == 1:  # the texture goes on by itself beyond its outermost cells
        found = "textureLod(skyCells, skyScale * (place.zyx - skyFrom0.zyx) + skyStart + skySize * ahead.zyx, 0.0)"
        return f"vec4 skyAt(vec3 place, vec3 ahead) {{ return {found}; }}\n{_SEEN}"
    last = levels - 1
    lines = [
        f"  vec3 at = skyFrom{last}.w * (place - skyFrom{last}.xyz) + ahead;",
        f"  at = clamp(at, vec3(0.0), skyLast{last}.xyz) + vec3(skyLast{last}.w, 0.0, 0.0);",
        "  vec3 beside = at;\n  float part = 1.0;\n  vec3 inside;\n  float least;",
    ]
    for level in reversed(range(last)):
        lines.append(
            """
  vec3 at@ = skyFrom@.w * (place - skyFrom@.xyz) + ahead;
  inside = min(at@, skyLast@.xyz - at@);
  least = min(inside.x, min(inside.y, inside.z));
  beside = least > 0.0 ? at : beside;
  at = least > 0.0 ? at@ + vec3(skyLast@.w, 0.0, 0.0) : at;
  part = least > 0.0 ? min(least, 1.0) : part;""".replace("@", str(level))
        )
    lines.append("  vec4 found = textureLod(skyCells, (at.zyx + 0.5) * skySize, 0.0);")
    lines.append("  return mix(textureLod(skyCells, (beside.zyx + 0.5) * skySize, 0.0), found, part);\n}")
    return "\n".join(["vec4 skyAt(vec3 place, vec3 ahead)\n{", *lines, _SEEN])


# 2/3 of STEEPEST is 1.
_SEEN = f"""
float skySeen(vec4 sky, vec3 normal)
{{
  return clamp(sky.x - normal.x - normal.y - normal.z + 2.0 * dot(normal, sky.yzw), 0.0, 1.0);
}}
float skyOpen(vec3 place, vec3 normal) {{ return skySeen(skyAt(place, {AHEAD} * normal), normal); }}
"""


def cells_at(kind: str, index: int, place: str, ahead: str = "") -> str:
    """An expression that looks up the cells of a texture."""
    name = f"{kind}{{}}{index}".format
    at = f"{name('From')}.w * ({place} - {name('From')}.xyz){ahead and ' + ' + ahead}"
    inside = f"clamp({at}, vec3(0.0), {name('Last')})"
    return f"textureLod({name('Cells')}, ({inside}.zyx + 0.5) * {name('Size')}, 0.0)"


def _uniforms_handed(variant: ShadeVariant, handed: tuple[tuple[str, str, str], ...]) -> str:
    """The uniforms in what geometry shaders hand on."""
    used = "".join(worth for _, _, worth in handed)
    kinds = {"skyFromView": "", "sceneFromView": "", "lampMatrix": f"[{variant.maps}]"}
    return "".join(f"uniform mat4 {name}{many};\n" for name, many in kinds.items() if name in used)


_MIDDLE = "(sceneFromView * vec4(centerVCGSOutput, 1.0)).xyz"


def _reaching(index: int, lamp: LampVariant, spheres: bool) -> str:
    """Finds what of a lamp's light gets to a surface."""
    if not lamp.on_surfaces:
        return f"  const float reaching{index} = 1.0;\n"
    got = "1.0" if lamp.through is None else f"through{lamp.through[0]}.{'xyzw'[lamp.through[1]]}"
    if lamp.maps:
        cube = lamp.maps > 1
        number = f"{lamp.first} + cubeSide(scenePlace - lampPlace{index})" if cube else f"{lamp.first}"
        flags = f"{str(cube).lower()}, {str(lamp.wide).lower()}"
        found = f"lampMatrix[{number}] * vec4(scenePlace, 1.0)"
        if spheres and not cube:
            found = f"onSphere(lampFrame[{number}], lampMiddle{index}VCVSOutput, radiusVCVSOutput, sceneNormal)"
        got += f" * (1.0 - lampHidden({number}, {flags}, {found}, sceneNormal))"
    return f"  float reaching{index} = 1.0 - lampStrength{index} * (1.0 - {got});\n"


def _maps_function(variant: ShadeVariant) -> str:
    """`lampHidden(index, cube, wide, found, normal)`: what a depth map hides of its lamp, 0 to 1."""
    if not variant.maps:
        return ""
    wide = any(lamp.wide for lamp in variant.lamps)
    return f"{_MAP}{_COARSER if wide else ''}{_HIDDEN.format(coarser=_LOOKED_UP_COARSER if wide else '')}"


# The columns of `lampFrame[i]` are: axis of columns, columns; axis of rows, rows; axis of depth, texel; bias, spread,
# near, far - near. Those of `lampTiles[i]`: the first column and row among all depths, and among all coarser levels;
# the number of these.
_MAP = """
int cubeSide(vec3 away)
{
  vec3 size = abs(away);
  if (size.x >= max(size.y, size.z)) return away.x > 0.0 ? 0 : 1;
  if (size.y >= size.z) return away.y > 0.0 ? 2 : 3;
  return away.z > 0.0 ? 4 : 5;
}
const vec4 ACROSS = vec4(0.0, 1.0, 0.0, 1.0), ALONG = vec4(0.0, 0.0, 1.0, 1.0);
vec4 lampShares(vec2 part)
{
  return mix(vec4(1.0 - part.x), vec4(part.x), ACROSS) * mix(vec4(1.0 - part.y), vec4(part.y), ALONG);
}
"""

_COARSER = """
vec3 lampNearest(float part) { return clamp(0.75 - 0.5 * abs(part - vec3(-1.0, 0.0, 1.0)), 0.0, 0.5); }
// How much things count whose shadows have edges so many texels wide; those behind a place do not.
vec3 lampCounts(vec3 share, vec3 edge, vec3 starts, float last)
{
  vec3 q = max(edge, 0.0);
  q *= q;
  return share * clamp((q - starts.x) * (1.0 / (starts.y - starts.x)), 0.0, 1.0)
    * (1.0 - last * clamp((q - starts.y) * (1.0 / (starts.z - starts.y)), 0.0, 1.0));
}

// What the coarser levels hide of a place at the depth z; the edge of a shadow is wide * depth texels wide.
float lampHiddenFar(mat4 frame, mat4 tiles, vec2 at, float z, vec2 slope, float wide)
{
  vec2 size = vec2(frame[0].w, frame[1].w);
  float hidden = 0.0, levels = tiles[1].x, scale = 2.0;
  vec3 starts = vec3(0.4, 4.0, 16.0);
  // No level counts whose texels are wider than the edge of the shadow of the nearest thing to the sun.
  float lean = 1.5 * (abs(slope.x) + abs(slope.y));
  for (float level = 1.0; level <= levels && sqrt(starts.x) < wide * (z - frame[3].z + lean * scale); ++level)
  {
    vec2 there = (at + 0.5) / scale - 0.5, middle = floor(there + 0.5), part = there - middle;
    vec2 most = size / scale - 1.0, begin = tiles[0].zw + vec2(size.x * (1.0 - 2.0 / scale), 0.0);
    vec3 columns = begin.x + clamp(middle.x + vec3(-1.0, 0.0, 1.0), 0.0, most.x);
    vec3 across = lampNearest(part.x), along = lampNearest(part.y);
    float last = level < levels ? 1.0 : 0.0;
    for (int row = -1; row <= 1; ++row)
    {
      int y = int(begin.y + clamp(middle.y + float(row), 0.0, most.y));
      vec4 a = texelFetch(lampLevels, ivec2(int(columns.x), y), 0);
      vec4 b = texelFetch(lampLevels, ivec2(int(columns.y), y), 0);
      vec4 c = texelFetch(lampLevels, ivec2(int(columns.z), y), 0);
      vec3 plane = z - frame[3].z
        + scale * (slope.x * (vec3(-1.0, 0.0, 1.0) - part.x) + slope.y * (float(row) - part.y));
      vec3 front = plane - frame[3].w * vec3(a.x, b.x, c.x), back = plane - frame[3].w * vec3(a.y, b.y, c.y);
      hidden += along[row + 1] * dot(across,
        lampCounts(vec3(a.z, b.z, c.z), wide * front, starts, last)
        + lampCounts(vec3(a.w, b.w, c.w), wide * back, starts, last));
    }
    scale *= 2.0;
    starts = vec3(starts.yz, 4.0 * starts.z);
  }
  return hidden;
}
"""

_LOOKED_UP_COARSER = f"""
  if (wide)
  {{
    float edge = {WIDTH} * frame[3].y / width;
    vec4 seen = edge * behind;
    hidden = dot(lampShares(part), hides * (1.0 - clamp((seen * seen - 0.4) / 3.6, 0.0, 1.0)));
    if (known) hidden += lampHiddenFar(frame, tiles, at, found.z, slope, edge);
  }}
"""

_HIDDEN = f"""
// Where the surface of a sphere is in a map, from where its middle is.
vec4 onSphere(mat4 frame, vec3 middle, float radius, vec3 normal)
{{{{
  vec2 aside = vec2(dot(normal, frame[0].xyz), dot(normal, frame[1].xyz)) * (radius / frame[2].w);
  return vec4(middle + vec3(aside, radius * dot(normal, frame[2].xyz)), 1.0);
}}}}
float lampHidden(int index, bool cube, bool wide, vec4 found, vec3 normal)
{{{{
  mat4 frame = lampFrame[index], tiles = lampTiles[index];
  if (!cube) found.w = 1.0;
  vec2 size = vec2(frame[0].w, frame[1].w), at = cube ? found.xy / found.w : found.xy;
  bool known = (!cube || found.w > 0.0) && all(greaterThanEqual(at, vec2(0.0))) && all(lessThanEqual(at, size - 1.0));
  float texel = frame[2].w, width = texel * found.w, bias = frame[3].x * found.w;
  vec3 ray = frame[2].xyz;
  if (cube)
  {{{{
    vec2 aside = (at - 0.5 * (size - 1.0)) * texel;
    ray += aside.x * frame[0].xyz + aside.y * frame[1].xyz;
  }}}}
  vec2 slope = width / max(-dot(normal, ray), {STEEP}) * vec2(dot(normal, frame[0].xyz), dot(normal, frame[1].xyz));
  vec2 low = clamp(floor(at), vec2(0.0), size - 2.0), part = at - low;
  vec4 fronts = textureGather(lampDepths, (low + tiles[0].xy + 1.0) / vec2(textureSize(lampDepths, 0))).wzxy;
  vec4 behind = found.z + slope.x * (ACROSS - part.x) + slope.y * (ALONG - part.y) - fronts;
  vec4 hides = step(bias, behind);
  float hidden = dot(lampShares(part), hides);
  {{coarser}}
  return known ? min(hidden, 1.0) : 0.0;
}}}}
"""
