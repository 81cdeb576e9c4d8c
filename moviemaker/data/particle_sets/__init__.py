"""Particles over time: sources, snapshots, and what happens between two of them."""
