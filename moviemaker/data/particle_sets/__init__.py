"""Particles over time: sources, snapshots, and the motion between them."""
