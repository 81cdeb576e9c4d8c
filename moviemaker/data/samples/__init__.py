"""Built-in data, computed from published physics: one file per sample. `Sample` is the contract of a sample."""

from moviemaker.data.samples._base import Sample
from moviemaker.data.samples._in_memory import GridInMemory, ParticlesInMemory

__all__ = ["GridInMemory", "ParticlesInMemory", "Sample"]
