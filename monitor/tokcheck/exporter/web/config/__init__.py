"""The web configuration file: its format, TLS, and reloading it when it changes."""
