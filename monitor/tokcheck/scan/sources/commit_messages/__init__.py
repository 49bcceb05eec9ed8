"""Messages of commits that are being made, as git will store them."""
