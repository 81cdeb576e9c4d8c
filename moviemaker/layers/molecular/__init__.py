"""What layers of molecules share: bonds, lengths, and surfaces around atoms."""
