"""One kind for each room of moviemaker, as another package would add them: a file is a kind."""
