"""Omni-directional stereo: each vertex and ray is drawn as the eye of its own direction sees it."""
