"""The command line: options only; the work is done by the rooms beside it."""
