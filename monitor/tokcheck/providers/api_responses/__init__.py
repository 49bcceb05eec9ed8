"""What the response of any API says: its body, and whether it says anything about the token."""
