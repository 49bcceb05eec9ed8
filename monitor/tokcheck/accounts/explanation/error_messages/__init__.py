"""Find the error messages of programs and responses in a text."""
