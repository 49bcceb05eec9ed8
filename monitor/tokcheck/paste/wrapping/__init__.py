"""Tokens that are wrapped: their lines, and whether the next line belongs to them."""
