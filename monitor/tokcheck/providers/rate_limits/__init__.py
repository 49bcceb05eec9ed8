"""Readers of rate-limit dialects: what a response reports of its windows, by a description."""
