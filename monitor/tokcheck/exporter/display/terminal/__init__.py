"""The accounts in a terminal: a table that fits its width, and a screen that scrolls."""
