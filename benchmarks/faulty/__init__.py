"""What goes wrong in renders, on purpose."""
