"""What the scene is about: one file per kind of data. Each opens its files and gives the arrays of any moment."""
