"""Particles made into grids: kernel density estimates, histograms, and tables larger than memory."""
