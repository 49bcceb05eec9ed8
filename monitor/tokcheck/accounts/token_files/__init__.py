"""The token files of other programs: their import and export."""
