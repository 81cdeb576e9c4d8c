"""What surfaces are made of, for all layers that draw some."""
