"""What the picture looks like: one file per lens. Each says which views it needs and develops them into a picture."""
