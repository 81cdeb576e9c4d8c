"""Dask clusters on this machine, in separate processes and, where that can be had, in separate networks."""
