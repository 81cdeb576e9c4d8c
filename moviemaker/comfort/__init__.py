"""Warnings, before anything is rendered, of what makes viewers sick or tires their eyes: one file per habit."""
