"""Keeps frames, and makes movies and pictures of them."""
