"""Whether players can show a finished file correctly."""
