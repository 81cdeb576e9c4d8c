"""What ribbons are made of: the path of a chain with its frames, and the mesh around it."""
