"""Light of particles: projected through any lens and added up in a picture of floats, without VTK."""
