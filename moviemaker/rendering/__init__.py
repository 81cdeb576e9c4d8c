"""What a rendering is: its frames and movies, what it will take, and how far it is."""
