"""`python -m moviemaker` does what `moviemaker` does."""

import sys

from moviemaker.cli import main

if __name__ == "__main__":
    sys.exit(main())
