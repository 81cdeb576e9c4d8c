"""The same pictures by several tools, each in a process and an environment of its own."""
