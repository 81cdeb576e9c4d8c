"""What the histogram of a field says about how to draw it: rules without settings."""
