"""Refreshes of stored accounts: when each is due, and the store that they use."""
