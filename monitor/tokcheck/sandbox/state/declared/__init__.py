"""The APIs that declarations describe: their tables, their tokens and their windows."""
