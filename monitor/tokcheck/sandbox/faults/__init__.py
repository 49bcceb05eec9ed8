"""Recorded errors of both APIs, on demand."""
