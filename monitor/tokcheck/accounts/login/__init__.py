"""The login: an authorization request, its redirect, and the account that comes of it."""
