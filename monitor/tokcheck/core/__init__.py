"""Value types and pure functions that every other room uses; imports nothing of tokcheck."""
