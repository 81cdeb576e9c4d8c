"""Habits that make viewers sick or tire their eyes, found before anything is rendered: one file per habit."""
