"""The clocks of a computer and of a store."""
