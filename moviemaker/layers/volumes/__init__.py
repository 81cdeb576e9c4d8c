"""What a volume draws if the scene does not say it, and transfer functions with a name."""
