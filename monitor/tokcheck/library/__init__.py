"""The Python package: what ``import tokcheck`` makes public. Nothing here prints or exits."""
