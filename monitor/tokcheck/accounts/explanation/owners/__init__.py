"""Whose an error message is, and what stands in for a provider that is not known."""
