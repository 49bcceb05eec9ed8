"""What is scanned: files, archives, and what git has staged or committed."""
