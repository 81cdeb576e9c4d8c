"""Text tables: the cells and the header."""
