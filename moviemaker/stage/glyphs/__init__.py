"""Glyphs and tubes, drawn by the thousand."""
