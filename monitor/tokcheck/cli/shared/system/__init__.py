"""Differences among operating systems: consoles, signals, the place of the data folder."""
