"""A report as people and as programs read it."""
