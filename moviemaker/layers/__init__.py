"""What is drawn: one file per kind of layer. Each turns arrays into props."""
