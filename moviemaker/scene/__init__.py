"""Text becomes typed values, with every mistake and its line."""
