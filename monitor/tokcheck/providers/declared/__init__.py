"""Declared providers: the content of a declaration, and the provider made from it."""
