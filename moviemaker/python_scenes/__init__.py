"""What Python does with scenes beside rendering: data in memory, first scenes, saved ones, pictures in a notebook."""
