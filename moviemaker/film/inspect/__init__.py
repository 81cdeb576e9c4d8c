"""What a player will make of a finished file."""
