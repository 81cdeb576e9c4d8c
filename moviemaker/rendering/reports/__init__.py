"""What becomes of renders, told from outside: how far they are, and where the time goes. Nothing here disturbs them."""
