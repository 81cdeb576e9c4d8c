"""Shared by readers: contents of files, conventions, elements and compressed files."""
