"""Light that particles give off: added up in a picture of floats, straight through any lens, without VTK."""
