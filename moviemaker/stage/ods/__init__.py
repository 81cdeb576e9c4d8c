"""Omni-directional stereo: vertices and rays as the eye of their own direction sees them."""
