"""Additions to findings after the search: commits, hashes of lines, levels, advice."""
