"""Small valid files of every format that the program reads, to be mutated.

Every function writes one or more files into an empty folder. The first argument of `info` is the file whose name begins
with `a.`; mutations may touch any of them.
"""

from fuzzing import array_formats, container_formats  # they register theirs, in this order
from fuzzing.registry import FORMATS

__all__ = ["FORMATS", "array_formats", "container_formats"]
