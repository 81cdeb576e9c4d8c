"""The window, its buffers, textures and messages."""
