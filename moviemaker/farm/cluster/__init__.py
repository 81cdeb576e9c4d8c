"""What it takes to have frames drawn by the workers of a Dask cluster, on this machine and on others."""
