"""Accounts that stay alive: grants, the store that keeps them, and how they are refreshed."""
