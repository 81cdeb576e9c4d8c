"""What `moviemaker info` says of a data file."""
