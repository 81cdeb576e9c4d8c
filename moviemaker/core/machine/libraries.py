"""What libraries say by themselves: warnings and logs, which are addressed to programmers."""

from __future__ import annotations

import logging
import sys
import warnings


def quiet_libraries() -> None:
    """Keeps warnings and logs of libraries from the terminal, in this process, unless Python was asked to show them."""
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
