"""Sources of a scan: files, archives, and git's staged or committed objects."""
