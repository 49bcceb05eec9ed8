"""Private SQLite files with migrations, and the bytes of files that SQLite itself cannot read."""
