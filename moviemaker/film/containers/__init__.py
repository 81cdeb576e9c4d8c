"""MP4, Matroska and the metadata in them."""
