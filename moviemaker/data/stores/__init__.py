"""Stores of Zarr: folders, zip files and addresses, and the arrays in them."""
