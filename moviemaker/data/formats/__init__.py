"""Shared by readers: contents of files, conventions, elements, compressed files and stores."""
