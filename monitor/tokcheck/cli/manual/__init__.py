"""The help of every command as data, rendered as text, manual pages and completion."""
