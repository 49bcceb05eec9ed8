"""Reasons to ignore a finding: ignore patterns, inline comments and the baseline."""
