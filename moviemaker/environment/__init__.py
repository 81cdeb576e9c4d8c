"""The environment: the sky of a scene as a picture of all directions, which is seen behind everything and lights it."""
