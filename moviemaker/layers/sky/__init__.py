"""What layers of the sky share: the light of stars."""
