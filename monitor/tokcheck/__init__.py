"""Tells what an API token is, whether it works, and how much it may still be used."""

__version__ = "0.1.0"
