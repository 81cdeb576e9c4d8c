"""Descriptions of data files, as `moviemaker info` prints them."""
