"""Openings of lines and prompts of shells, which stand in front of or behind a token."""
