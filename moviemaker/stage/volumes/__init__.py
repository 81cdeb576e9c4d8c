"""Volumes, drawn by ray marching."""
