"""The scene's own light: one file per kind of light. It stays where it is, whichever way a camera looks."""

from moviemaker.lights._light import UNDER_SKY, LightKind, default_lights

__all__ = ["UNDER_SKY", "LightKind", "default_lights"]
