"""`python -m moviemaker` does what `moviemaker` does."""

import sys

from moviemaker.launch import main

if __name__ == "__main__":
    sys.exit(main())
