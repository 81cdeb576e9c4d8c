"""Planes through data: samples on them, and lines of equal value."""
