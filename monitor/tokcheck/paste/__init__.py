"""Find the one credential that a paste is meant to hold, and describe what was stripped from it.

The search starts at the fixed parts of a credential and reads on from there, so the text around a
token may be anything: a curl command in any shell's quoting, JSON, an address, an error message.
What it returns always stands in the paste, in that order; only joints are taken out. Nothing here
takes more than linear time.
"""
