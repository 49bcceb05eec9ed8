"""The version of tokcheck; every room reads it here, and the wheel has it from here."""

__version__ = "0.2.0"
