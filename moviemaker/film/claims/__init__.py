"""Claims on frames: which run writes which frames of an output, in a folder that several machines may share."""
