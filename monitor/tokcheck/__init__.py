"""Check API tokens: what one is, whether it works, and how much of its rate limit is left."""

__version__ = "0.1.0"
