"""Numbers before they are drawn in single precision, without VTK."""
