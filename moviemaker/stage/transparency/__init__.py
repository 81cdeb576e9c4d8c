"""Translucent things, drawn in the right order."""
