"""Finding pasted tokens in files, in what is staged, and in the history of a repository."""
