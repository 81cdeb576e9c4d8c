"""Glare: what of the light of bright things an eye or a telescope spreads around them.

It is spread by angle, on the sphere of directions, so that it is the same in every lens, has no seam, and is round at
the poles. Pictures of linear light and the projections of a lens go in; nothing here knows a scene or VTK.

`halo` says how wide, `grids` where pixels are on the sphere, `spreading` spreads.
"""
