"""Values that move: tracks, easings and camera paths. Time is an argument, in seconds of the movie."""
