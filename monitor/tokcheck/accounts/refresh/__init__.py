"""Refresh a grant: one flow, a synchronous and an asynchronous driver, and the recovery file."""
