"""What is drawn: one file per kind of layer. Each turns arrays into props."""

from moviemaker.layers._layer import Layer

__all__ = ["Layer"]
