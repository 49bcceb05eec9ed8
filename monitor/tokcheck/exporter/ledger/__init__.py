"""The ledger of requests: what was spent upstream, kept over restarts."""
