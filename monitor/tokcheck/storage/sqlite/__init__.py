"""The bytes of SQLite files, for those that SQLite itself cannot read."""
