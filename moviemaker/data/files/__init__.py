"""Files: how they are found, read in series, and how results are kept on disk."""
