"""Quotas for nothing: what the responses to the user's own requests say about the rate limits."""
