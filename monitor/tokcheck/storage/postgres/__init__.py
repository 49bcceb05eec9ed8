"""PostgreSQL: where the database is, the connection to it, and what its errors mean."""
