"""The exporter: accounts, when each is probed, what is known about them, and how it is shown."""
