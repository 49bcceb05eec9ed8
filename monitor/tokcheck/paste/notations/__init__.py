"""Notations of programs for a token and the text around it: the tables."""
