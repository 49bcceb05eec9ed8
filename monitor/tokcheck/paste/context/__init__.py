"""Evidence in the text around a credential: its owner, and which of two is in use."""
