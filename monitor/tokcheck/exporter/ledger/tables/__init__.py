"""The rows of the ledger: spends, observations and the states of accounts."""
