"""The store of accounts: its database, the vault of secrets, locks and private files."""
