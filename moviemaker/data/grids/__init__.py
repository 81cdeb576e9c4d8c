"""Grids from their files to a source: axes, cells, time series."""
