"""Find the one credential that a paste is meant to hold, and describe what was stripped from it.

The room looks for what a credential cannot be without and reads on from there, so that it does
not matter what a token stands in: a curl command in any shell's quoting, JSON, an address, an
error message. What it returns always stands in the paste, in that order; only joints are taken
out. Nothing here takes more than linear time.
"""
