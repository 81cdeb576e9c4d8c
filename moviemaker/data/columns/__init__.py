"""The meaning of columns: positions, velocities, ids, times, colours, vectors, and conditions on them."""
