"""Keys whose values may have units: (part of the scene, key)."""

from __future__ import annotations

IN_SECONDS = {("scene", "duration"), ("keyframe", "time"), ("data", "fade")}
IN_LENGTHS = {
    *(("data", key) for key in ("bounds", "spacing", "origin", "period", "margin", "reach", "translate")),
    *(("layer", key) for key in ("size", "width", "origin", "unit_distance", "contour_width")),
    *(("keyframe", key) for key in ("position", "target")),
    *(("orbit", key) for key in ("center", "radius")),
    *(("stereo", key) for key in ("ipd", "convergence")),
    *(("output", "height"), ("light", "position"), ("fog", "from"), ("fog", "to")),
}
IN_DATA_TIME = {("data", "times"), ("scene", "clock")}
IN_DEGREES = {
    *((part, key) for part in ("camera", "keyframe") for key in ("fov", "roll")),
    *(("orbit", key) for key in ("azimuth", "elevation")),
    *(("output", "aperture"), ("output", "tilt"), ("layer", "outline"), ("glare", "width"), ("sky", "turn")),
}
FRACTIONS = {
    *(("layer", key) for key in ("opacity", "roughness", "metal")),
    *(("fog", "amount"), ("glare", "amount"), ("scene", "glare")),
}
