"""The parts of a login: redirect URI, loopback server and pasted redirect."""
