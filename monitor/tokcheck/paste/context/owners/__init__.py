"""Whose a credential without a decisive form is, by what stands around it."""
