"""Common parts of serve and watch: options, the check of a configuration, and the log."""
