"""The help of every command as data, and what is made of it: text, manual pages, completion."""
