"""The store in a SQLite file of the data folder."""
