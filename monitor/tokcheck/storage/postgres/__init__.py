"""PostgreSQL: the address of the database, the connection to it, and its errors."""
