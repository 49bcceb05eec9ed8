"""Where the secrets of a store are: in its own database, or in the system's keyring."""
