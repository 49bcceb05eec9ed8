"""What the sandbox knows: users, clients, codes, grants, tokens and rate limits."""
