"""Surfaces, isosurfaces and slices."""
