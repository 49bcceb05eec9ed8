"""HTTP statuses and headers as texts hold them, and what a status alone means."""
