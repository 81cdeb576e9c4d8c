"""Files that compiled libraries read are read in another process first, which they may crash."""
