"""The package of example kinds is installed by the tests that need it, and not collected for doctests."""

collect_ignore = ["installed"]
