"""What the text around a credential says about it: whose it is, and which of two is in use."""
