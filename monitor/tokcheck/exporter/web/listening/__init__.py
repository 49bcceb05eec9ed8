"""Where the web server listens: addresses as people write them, and their sockets."""
