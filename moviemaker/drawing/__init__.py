"""How pictures are drawn that may be too large: whole, or in strips and tiles; what memory that takes; what is refused.

`darkroom` makes pictures, `memory` decides, `limits` refuses, `strips` divides a picture into rows, and `tiles`
photographs their views.
"""
