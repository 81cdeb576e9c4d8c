"""What this machine has, and what keeps one process of it from harming others."""
