"""How light falls on surfaces, in VTK's shaders: put together in one place from what several features add."""
