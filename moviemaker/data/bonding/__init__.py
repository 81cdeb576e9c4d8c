"""Lines between particles: which ones are joined, found anew for every moment."""
