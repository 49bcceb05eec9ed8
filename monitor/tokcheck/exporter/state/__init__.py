"""What is known of each watched account, and how that changes."""
