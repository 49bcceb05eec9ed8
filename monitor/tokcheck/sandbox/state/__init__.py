"""The state of the sandbox: users, clients, codes, grants, tokens and rate limits."""
