"""How many eyes there are and where they are: one file per rig. A rig of another package derives from `Rig`."""

from moviemaker.rig._rig import Rig

__all__ = ["Rig"]
