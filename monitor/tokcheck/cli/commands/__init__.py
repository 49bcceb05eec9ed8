"""The commands: one module or folder each, imported only when it runs."""
