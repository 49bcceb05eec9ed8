"""What is added to findings after the search: commits, hashes of lines, levels, what to do."""
