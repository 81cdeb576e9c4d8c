"""Volumes, drawn by rays."""
