"""Surfaces, level surfaces and slices."""
