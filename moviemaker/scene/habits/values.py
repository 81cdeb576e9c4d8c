"""Words for values that other programs and other habits have, by the part of the scene and the key."""

from __future__ import annotations

from collections.abc import Mapping

from moviemaker.scene.habits.keys import Words, words

_EASE = {
    "ease-in": "in",
    "ease_in": "in",
    "easein": "in",
    "ease-out": "out",
    "ease_out": "out",
    "easeout": "out",
    "ease-in-out": "smooth",
    "ease_in_out": "smooth",
    "easeinout": "smooth",
    "ease": "smooth",
    "smoothstep": "smooth",
    "bezier": "smooth",
    "cubic": "smooth",
    "step": "hold",
    "constant": "hold",
    "stepped": "hold",
    "lin": "linear",
}
_SCALE = {"logarithmic": "log", "log10": "log", "lin": "linear"}
_STILL = {"nearest": "hold", "step": "hold", "previous": "hold", "constant": "hold", "lin": "linear"}
_PACKINGS = {
    **words(none="mono off no false 2d"),
    **dict.fromkeys(
        ("sbs", "side-by-side", "side_by_side", "sidebyside", "lr", "left_right", "leftright"), "left-right"
    ),
    **dict.fromkeys(("tb", "ou", "over-under", "over_under", "overunder", "top_bottom", "topbottom"), "top-bottom"),
    **dict.fromkeys(("over/under", "top/bottom", "top-and-bottom"), "top-bottom"),
    **dict.fromkeys(("red-cyan", "red_cyan", "redcyan", "dubois"), "anaglyph"),
    **dict.fromkeys(("two-files", "two_files", "dual", "split"), "separate"),
}

VALUES: Mapping[tuple[str, str], Words] = {
    ("data", "kind"): words(
        grid="array volume image field cube regular_grid uniform_grid imagedata",
        particles="points particle point_cloud pointcloud nbody table trajectory molecule atoms scatter",
        mesh="surface polydata unstructured unstructured_grid lines polylines triangles",
        density="kde histogram density_map",
        bonds="bond",
        sample="example demo builtin built-in",
    ),
    ("data", "interpolation"): _STILL | {"cubic": "hermite"},
    ("layer", "kind"): words(
        volume="volume_rendering volren vol raycast",
        isosurface="iso contour contours isosurfaces level_surface",
        slice="cut plane cut_plane cutplane slices section",
        points="point scatter particles spheres glyphs markers",
        vectors="quiver arrows arrow vector",
        trails="trail traces trace comet tails",
        lines="line polyline polylines tubes tube",
        surface="mesh surf trisurf triangles",
        streamlines="streamline streamtubes streamplot",
        ribbons="ribbon cartoon newcartoon new_cartoon",
        molecule="molecules protein",
        molecular_surface="quicksurf msms ses solvent_excluded_surface",
    ),
    ("layer", "style"): words(
        cartoon="ribbon ribbons newcartoon new_cartoon newribbons new_ribbons",
        licorice="sticks stick tubes bonds",
        ball_and_stick="ball-and-stick ballandstick ball_stick ball-stick ball+stick balls_and_sticks",
        spacefill="vdw spheres sphere space_filling spacefilling space-filling space-fill balls",
        surface="surf quicksurf msms molecular_surface ses",
    ),
    ("layer", "shape"): words(
        sphere="ball balls spheres circle o",
        cube="box cubes square",
        dot="point pixel pixels dots .",
        glow="gaussian splat gaussian_splat star halo",
        diamond="octahedron diamonds",
        arrow="arrows quiver",
    ),
    ("layer", "blend"): words(
        maximum="mip max maximum_intensity",
        minimum="minip min minimum_intensity",
        average="mean avg",
        additive="sum add emission emissive",
        composite="alpha over normal blended",
    ),
    ("layer", "scale"): _SCALE,
    ("color", "scale"): _SCALE,
    ("light", "kind"): words(
        sun="directional distant sunlight key infinite",
        point="lamp bulb pointlight positional",
        ambient="env environment sky",
    ),
    ("camera", "interpolation"): words(
        smooth="spline catmull-rom catmullrom catmull_rom cubic bezier",
        hold="step nearest cut constant",
        linear="lin straight",
    ),
    ("keyframe", "ease"): _EASE,
    ("track", "ease"): _EASE,
    ("scene", "background"): words(transparent="none clear alpha empty"),
    ("output", "lens"): words(
        perspective="pinhole flat rectilinear normal perspectival",
        orthographic="ortho parallel orthogonal orthographical",
        equirectangular="360 vr360 equirect spherical panorama panoramic latlong lat-long pano erp",
        vr180="180 vr-180 half-equirect halfequirect half_equirectangular",
        domemaster="fisheye dome fulldome planetarium dome_master fisheye180",
        cubemap="cube cube_map cube-map cubic",
    ),
    ("output", "stereo"): _PACKINGS,
    ("stereo", "packing"): _PACKINGS,
    ("output", "format"): {
        **words(mp4="mpeg4 mpeg-4 m4v .mp4", mov="quicktime .mov qt", mkv="matroska .mkv", webm=".webm", gif=".gif"),
        **words(exr="openexr .exr exrs exr_sequence half"),
        **words(png="pngs .png images image sequence frames image_sequence png_sequence"),
    },
    ("output", "codec"): words(
        h264="h.264 avc x264 libx264 avc1",
        h265="h.265 hevc x265 libx265 hvc1",
        av1="av01 svt-av1 svtav1 libsvtav1 libaom libaom-av1",
        prores="apple_prores prores_ks prores422 prores4444",
        vp9="libvpx-vp9 vp09",
        ffv1="lossless",
    ),
    ("output", "quality"): words(
        draft="low preview fast",
        good="medium normal high standard default",
        master="best highest production",
    ),
}
"""By the part of the scene and the key: words for values, and the values."""
