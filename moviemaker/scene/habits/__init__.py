"""What people write by habit, from other programs or in other words, and what it is here."""
