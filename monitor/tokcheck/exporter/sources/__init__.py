"""Where watched accounts come from: configuration, files, commands and the store."""
