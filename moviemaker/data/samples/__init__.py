"""Built-in data, computed from published physics: one file per sample."""
