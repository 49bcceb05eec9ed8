"""The tables of each part of the database, and their migrations."""
