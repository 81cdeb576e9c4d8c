"""What is translucent, drawn in its right order."""
