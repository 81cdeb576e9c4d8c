"""Particles in a periodic box that are drawn elsewhere: paths that go on across its edges, and images of the box."""
