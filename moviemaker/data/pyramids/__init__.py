"""Grids larger than memory, read as finely as they are seen."""
