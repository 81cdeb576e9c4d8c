"""Files of atoms written by molecular dynamics: one module for each format, and what they share."""
