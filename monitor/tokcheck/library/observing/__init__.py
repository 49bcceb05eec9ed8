"""What the hooks do with responses: count all, read the latest, write to the ledger."""
