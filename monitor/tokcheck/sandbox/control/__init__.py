"""The control API: the state that a test may set and read."""
