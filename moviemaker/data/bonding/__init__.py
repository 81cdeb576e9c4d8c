"""Lines between particles: which ones are joined, and their positions at any moment."""
