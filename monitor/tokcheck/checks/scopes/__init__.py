"""The scopes that are known, required and missing, and their counterparts of other providers."""
