"""Longitudes and latitudes on a sphere."""
