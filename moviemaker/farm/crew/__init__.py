"""What the ways of spreading frames share: the contract of farms and crews, and what a worker does."""
