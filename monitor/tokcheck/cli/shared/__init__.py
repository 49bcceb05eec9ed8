"""Common parts of commands: input, output, the data folder and the account store."""
