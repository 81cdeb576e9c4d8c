"""Surfaces, poly-lines and maps, from their files to a source."""
