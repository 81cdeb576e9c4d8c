"""Words for keys that other programs and other habits have, by the part of the scene where they stand.

A word that a kind itself knows is never replaced. The tables hold one meaning for each word: where two are possible,
the word is left to the error message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Words = Mapping[str, str]


def words(**meanings: str) -> dict[str, str]:
    """Each of several words, separated by spaces, and its meaning: `opacity="alpha trans"`."""
    return {word: meaning.rstrip("_") for meaning, words in meanings.items() for word in words.split()}


_DATA = words(
    kind="type",
    file="path filename file_name filenames files filepath src source url uri",
    field="variable var scalar scalars array_name dataset",
    bounds="extent extents bbox domain",
    spacing="voxel_size voxelsize dx cell_size pixel_size",
    position="positions pos coords coordinates xyz points",
    velocity="velocities vel",
    id="ids particle_id identifier",
    times="timesteps time_steps",
    period="box box_size boxsize box_length periodic",
    interpolation="interp interpolate",
    of="input based_on from",
    translate="translation move offset_by location",
    rotate="rotation",
    scale="scaling",
    attached_to="parent attach_to parented_to",
    bandwidth="bw bw_method smoothing",
    weights="weight",
    method="estimator",
    shape="dims n_bins bins grid_size",
    every="stride subsample",
    select="where filter query condition",
    name="sample_name",
    height="elevation relief",
    topology="top structure psf",
)
_LAYER = words(
    kind="type",
    data="source dataset input of from mesh",
    visible="enabled shown show",
    opacity="alpha",
    color="colour colors colours col c",
    colormap="cmap colourmap color_map palette lut color_scale colorscale",
    range="clim limits clip_range color_range crange vrange window",
    levels="level values value isovalue isovalues iso_value isolevel isosurfaces threshold contours",
    size="diameter particle_size glyph_size",
    width="line_width linewidth lw thickness tube_width",
    shape="marker glyph symbol geometry",
    transfer="transfer_function tf opacity_function otf opacity_transfer_function opacities",
    blend="blending blend_mode mode projection",
    shade="shading lighting lit shaded",
    vector="vectors orientation orient",
    field="variable scalar scalars",
    unit_distance="opacity_unit_distance scalar_opacity_unit_distance",
    step="sample_distance step_size sampling",
    normal="direction axis",
    origin="center centre point",
    wireframe="wire edges_only",
    length="tail trail_length history",
    fade="fading",
    outline="silhouette silhouettes",
    outline_color="outline_colour silhouette_color",
    seeds="seed seed_points",
    texture="image map material",
    roughness="rough surface_roughness",
    metal="metallic metalness metallicity",
    emission="emissive emissive_strength self_illumination",
    exposure="gain",
    every="stride skip",
    scale="scale_factor factor",
    style="representation rep drawing_method",
)
_COLOR = words(
    by="field variable scalar array column key name",
    colormap="cmap colourmap color_map palette lut map",
    range="clim limits vrange",
    scale="norm",
)
_LIGHT = words(
    kind="type",
    color="colour",
    intensity="strength energy power brightness",
    direction="dir",
    position="pos location",
)
_CAMERA = words(
    keyframes="keys frames key_frames path waypoints",
    orbit="turntable circle",
    up="view_up viewup up_vector vup",
    fov="view_angle field_of_view vfov fovy angle viewangle",
    interpolation="interp spline",
    roll="bank",
)
_KEYFRAME = words(
    time="t at seconds",
    position="pos eye location from origin camera_position",
    target="look_at lookat focal_point focus center centre to aim",
    up="view_up viewup up_vector vup",
    fov="view_angle field_of_view vfov fovy angle",
    roll="bank",
    ease="easing",
)
_ORBIT = words(
    center="centre target look_at lookat focal_point around of",
    radius="distance r dist",
    azimuth="azim az azimut phi longitude",
    elevation="elev el altitude latitude",
)
_OUTPUT = words(
    lens="projection type kind view camera_type",
    size="resolution res dimensions dims pixels image_size",
    format="container ext extension file_format",
    codec="vcodec encoder video_codec",
    stereo="stereoscopic 3d stereo_3d stereo_mode layout",
    bits="bit_depth depth",
    supersample="supersampling ssaa antialias antialiasing samples",
    aperture="dome_fov",
    tilt="dome_tilt",
)
_STEREO = words(
    packing="layout mode format type kind",
    ipd="eye_separation eye_distance interocular_distance interocular interaxial iod baseline",
    convergence="focus_distance focal_distance convergence_distance zero_parallax screen_distance",
    pole_merge="pole_fade merge",
)

KEYS: Mapping[str, Words] = {
    "scene": words(
        title="name",
        duration="length seconds",
        fps="framerate frame_rate rate frames_per_second",
        background="bg background_color background_colour backgroundcolor",
        data="sources datasets inputs",
        layers="objects actors layer",
        lights="light",
        camera="cameras view",
        outputs="output render renders",
        units="unit",
        clock="time_map data_time",
        fog="depth_cue depth_cueing depth_fog",
        glare="bloom halation flare",
        tone="tone_mapping tonemap tone_curve",
        sky="environment environment_map envmap hdri skybox dome_light",
    ),
    "fog": words(
        from_="begin start near fog_near fog_start",
        to="end stop far fog_far fog_end",
        color="colour fog_color",
        amount="strength opacity alpha",
    ),
    "glare": words(amount="strength intensity", width="size radius"),
    "sky": words(
        zenith="up top sky_color",
        horizon="middle",
        ground="down bottom nadir",
        file="image picture map texture path filename",
        brightness="intensity exposure_factor strength",
        turn="rotation rotate azimuth",
        visible="show shown",
    ),
    "units": words(length="space distance lengths", time="times"),
    "data": _DATA,
    "layer": _LAYER,
    "color": _COLOR,
    "light": _LIGHT,
    "camera": _CAMERA,
    "keyframe": _KEYFRAME,
    "orbit": _ORBIT,
    "output": _OUTPUT,
    "stereo": _STEREO,
}
"""By the part of the scene: words for keys, and the keys."""


def _scaled(factor: float) -> Callable[[float], float]:
    return lambda value: value * factor


CONVERTED: Mapping[tuple[str, str], tuple[str, Callable[[float], float]]] = {
    ("layer", "radius"): ("size", _scaled(2.0)),
    ("layer", "point_radius"): ("size", _scaled(2.0)),
    ("layer", "tube_radius"): ("width", _scaled(2.0)),
    ("layer", "transparency"): ("opacity", lambda value: 1.0 - value),
    ("output", "parallel_scale"): ("height", _scaled(2.0)),
}
"""Words for keys whose numbers are counted otherwise: the key, and the number there for the number written here."""
