"""Requests and responses of OAuth 2.0: the consent page and the token endpoint."""
