"""Declarations of providers: their language, the files that hold them, and the ready-made ones."""
