"""What this process remembers of stored accounts, whichever :func:`tokcheck.auth` has them."""
