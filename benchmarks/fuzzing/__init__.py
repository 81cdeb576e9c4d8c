"""Small valid files of every format, mutations of them, and processes that read them."""
