"""Lines along vectors: where they begin, and how they go on."""
