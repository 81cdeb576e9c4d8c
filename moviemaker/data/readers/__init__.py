"""One file per family of file formats. Each turns a file into arrays and knows nothing of scenes."""
