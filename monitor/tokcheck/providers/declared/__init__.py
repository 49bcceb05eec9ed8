"""Providers that a declaration describes: what it says, and the provider that follows from it."""
