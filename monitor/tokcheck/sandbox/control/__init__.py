"""The control API: what a test may set and read."""
