"""What lets a finding pass: ignore patterns, inline comments and the baseline."""
