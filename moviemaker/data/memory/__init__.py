"""Data that Python gives in place of files: one module for the objects of each library."""
