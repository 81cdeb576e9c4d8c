"""What makes scenes drawable in single precision, without VTK."""
