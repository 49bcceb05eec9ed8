"""Private files, atomic replacement of files, and private SQLite files with migrations."""
