"""The check of one paste, its verdict, and the report as text and as JSON."""
