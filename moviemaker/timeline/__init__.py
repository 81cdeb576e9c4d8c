"""Numbers that move: tracks, easing and camera paths. Time comes in as an argument, in seconds of the movie."""
