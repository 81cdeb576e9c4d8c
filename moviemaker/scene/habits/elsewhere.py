"""Words for keys that belong elsewhere, or that nothing here needs, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping

_LENS = "the lens of an output: outputs: {dome: {lens: domemaster, ...}}"
_EYES = "the eyes: stereo: {packing: left-right, %s: ...}"
_ALPHA = "an alpha channel comes with the background of the whole scene: background: transparent"
_PIXELS = "sizes are full widths in scene units, size: 0.2; a dot's are pixels, shape: dot and size: 5"
_SHADE = "the colours of a layer: color: {by: FIELD, %s: ...}"

ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "scene": {
        "resolution": "the size belongs to an output: outputs: {hd: {lens: perspective, size: [1920, 1080]}}",
        "size": "the size belongs to an output: outputs: {hd: {lens: perspective, size: [1920, 1080]}}",
        "width": "the width belongs to an output: outputs: {hd: {lens: perspective, size: [1920, 1080]}}",
        "height": "the height belongs to an output: outputs: {hd: {lens: perspective, size: [1920, 1080]}}",
        "stereo": "the eyes belong to an output: outputs: {vr: {lens: ..., size: ..., stereo: top-bottom}}",
        "lens": "the lens belongs to an output: outputs: {hd: {lens: perspective, size: [1920, 1080]}}",
        "codec": "the codec belongs to an output: outputs: {hd: {lens: ..., size: ..., codec: h265}}",
        "format": "the format belongs to an output: outputs: {hd: {lens: ..., size: ..., format: mov}}",
        **dict.fromkeys(("alpha", "transparent", "transparency", "film_transparent"), _ALPHA),
        "fov": "the angle of view belongs to the camera: camera: {fov: 40, ...}",
        "keyframes": "the keyframes belong to the camera: camera: {keyframes: [...]}",
        "orbit": "the orbit belongs to the camera: camera: {orbit: {...}}",
        "frames": "the number of frames is duration times fps: write duration: in seconds",
        "nframes": "the number of frames is duration times fps: write duration: in seconds",
        "n_frames": "the number of frames is duration times fps: write duration: in seconds",
        "colormap": "a colormap belongs to a layer: layers: [{kind: volume, colormap: inferno, ...}]",
        "file": "a file belongs to a data set: data: {NAME: {kind: grid, file: FILE}}",
    },
    "data": {
        **dict.fromkeys(("colormap", "cmap"), "a colormap belongs to the layer that draws the data"),
        **dict.fromkeys(("color", "colour"), "a colour belongs to the layer that draws the data"),
        **dict.fromkeys(("opacity", "alpha", "transfer"), "opacity belongs to the layer that draws the data"),
        "size": "the size of points belongs to the layer that draws the data",
        "range": "the range of colours belongs to the layer that draws the data",
        "levels": "levels belong to a layer: layers: [{kind: isosurface, levels: [...]}]",
        "visible": "what is visible is said by the layer that draws the data",
        "resolution": "the distance between samples is spacing: [dx, dy, dz], the cells of a density shape: N",
        "scale_factor": "scale: enlarges the data in space; the numbers in them are drawn by the range of a layer",
        "skip": "every: 10 takes every tenth; snapshots are left out by the pattern of file:",
        "units": "the units belong to the whole scene: units: {length: kpc, time: Myr}",
        "clock": "the clock belongs to the whole scene: clock: {0: FIRST, SECONDS: LAST}",
        "bandwidth": "the bandwidth belongs to data of kind density: {kind: density, of: NAME, bandwidth: scott}",
    },
    "layer": {
        **dict.fromkeys(("point_size", "pointsize", "marker_size", "markersize", "ms"), _PIXELS),
        "file": "a file belongs to a data set, data: {NAME: {kind: .., file: ..}}, and a layer names that: data: NAME",
        "bounds": "bounds belong to the data set",
        "spacing": "the spacing belongs to the data set",
        "times": "times belong to the data set",
        "interpolation": "interpolation between snapshots belongs to the data set",
        "period": "the period belongs to the data set",
        "texture": "a texture belongs to a layer of kind surface",
        "by": "the field that colours belongs to the colour: color: {by: FIELD}",
        "color_by": "the field that colours belongs to the colour: color: {by: FIELD}",
        "colour_by": "the field that colours belongs to the colour: color: {by: FIELD}",
        "vmin": "both ends are one key: range: [LOW, HIGH]",
        "vmax": "both ends are one key: range: [LOW, HIGH]",
        "min": "both ends are one key: range: [LOW, HIGH]",
        "max": "both ends are one key: range: [LOW, HIGH]",
        "log": "a logarithmic scale is scale: log",
        "s": "the full width in the scene's units is size: 0.1; with shape: dot it is in pixels",
        "time": "what is seen when is said by values that move: opacity: {0: 0, 2: 1}",
        "colormap": _SHADE % "colormap",
        "range": _SHADE % "range",
        "scale": _SHADE % "scale",
        "lights": "lights belong to the whole scene: lights: [{kind: sun, ...}]",
    },
    "light": {
        "shadow": "lights cast no shadows yet: leave it out",
        "shadows": "lights cast no shadows yet: leave it out",
        "target": "write the direction in which a sun shines: direction: [x, y, z]",
        "angle": "write the direction in which a sun shines: direction: [x, y, z]",
    },
    "camera": {
        "lens": _LENS,
        "size": "the size belongs to an output: outputs: {hd: {lens: perspective, size: [1920, 1080]}}",
        "stereo": "the eyes belong to an output: stereo: top-bottom",
        "ipd": _EYES % "ipd",
        "duration": "the duration belongs to the whole scene: duration: SECONDS",
        "fps": "the frame rate belongs to the whole scene: fps: 30",
        "near": "nothing is cut off near the camera or far from it: leave it out",
        "far": "nothing is cut off near the camera or far from it: leave it out",
        "clipping_range": "nothing is cut off near the camera or far from it: leave it out",
        "clip": "nothing is cut off near the camera or far from it: leave it out",
        **dict.fromkeys(
            ("position", "target", "look_at", "eye", "focal_point"),
            "one place is one keyframe: keyframes: [{time: 0, position: [x, y, z], target: [x, y, z]}]",
        ),
        **dict.fromkeys(
            ("center", "radius", "azimuth", "elevation", "distance"),
            "it belongs to an orbit: orbit: {center: [x, y, z], radius: R, azimuth: {0: 0, 12: 360}}",
        ),
    },
    "keyframe": {
        "opacity": "opacity belongs to a layer, and may move: opacity: {0: 0, 2: 1}",
        "zoom": "write the angle of view: fov: 20 is twice as near as fov: 40",
        "interpolation": "it is said for the whole camera: camera: {interpolation: linear, keyframes: [...]}",
    },
    "orbit": {
        **dict.fromkeys(
            ("fov", "up", "roll"), "it stands beside the orbit: camera: {up: [0, 0, 1], fov: 40, orbit: {...}}"
        ),
        "speed": "write the angles at times: azimuth: {0: 0, 12: 360}",
        "turns": "write the angles at times: azimuth: {0: 0, 12: 360} is one turn",
        "duration": "write the angles at times: azimuth: {0: 0, 12: 360}",
        "start": "write the angles at times: azimuth: {0: 0, 12: 360}",
    },
    "output": {
        **dict.fromkeys(
            ("fov", "view_angle", "field_of_view"), "the angle of view belongs to the camera: camera: {fov: 40, ...}"
        ),
        **dict.fromkeys(
            ("fps", "framerate", "frame_rate"), "the frame rate belongs to the whole scene, for all outputs: fps: 30"
        ),
        "duration": "the duration belongs to the whole scene: duration: SECONDS",
        "background": "the background belongs to the whole scene: background: black",
        **dict.fromkeys(("alpha", "transparent", "transparency", "rgba", "film_transparent"), _ALPHA),
        "camera": "the camera belongs to the whole scene: camera: {...}",
        "up": "the vertical belongs to the camera: camera: {up: [0, 0, 1], ...}",
        "ipd": _EYES % "ipd",
        "eye_separation": _EYES % "ipd",
        "convergence": _EYES % "convergence",
        "pole_merge": _EYES % "pole_merge",
        "packing": "the packing stands alone or in stereo: stereo: top-bottom",
        "eyes": _EYES % "eyes",
        "width": "both numbers are one key: size: [WIDTH, HEIGHT]",
        "crf": "how good and how large a movie is: quality: draft, good or master",
        "bitrate": "how good and how large a movie is: quality: draft, good or master",
        "preset": "how good and how large a movie is: quality: draft, good or master",
        "pix_fmt": "the pixel format follows from codec, quality and bits",
        "ortho_scale": "the height of the picture in the scene's units is height: 10, whatever its width",
        "file": "files are named by the scene and the output: moviemaker render SCENE --out FOLDER",
        "path": "files are named by the scene and the output: moviemaker render SCENE --out FOLDER",
        "filename": "files are named by the scene and the output: moviemaker render SCENE --out FOLDER",
        "workers": "how many processes compute is said to the command: moviemaker render SCENE --workers 4",
        "frames": "some of the frames are asked for by the command: moviemaker render SCENE --frames 0:100",
    },
    "stereo": {
        "lens": "the lens stands beside the eyes: {lens: ..., size: ..., stereo: {...}}",
        "size": "the size stands beside the eyes: {lens: ..., size: ..., stereo: {...}}",
    },
}
"""By the part of the scene: words that belong elsewhere, and where."""

PARTS = {
    "scene": "the scene",
    "units": "the units",
    "data": "a data set",
    "layer": "a layer",
    "color": "a colour",
    "light": "a light",
    "camera": "the camera",
    "keyframe": "a keyframe",
    "orbit": "an orbit",
    "output": "an output",
    "stereo": "the eyes",
}
"""What the parts of a scene are called in messages."""
