"""Where data lie in the scene: translation, rotation, scale and the data that they are attached to."""
