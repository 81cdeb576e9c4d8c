"""Values that every room shares: errors, kinds, colours, fields, cameras and props. No VTK, no files."""
