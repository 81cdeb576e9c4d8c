"""How many eyes there are and where: one file per rig."""
