"""Placeholders that documentation writes in the place of a token, and that shells leave there."""

from tokcheck.core.lazy import LazyRegex

NAME = (
    r"(?:(?i:(?:your|my|the|insert|paste|put|replace)[ _-]?(?:[\w-]{0,20}[ _-])??"
    r"(?:token|bearer|jwt|key)(?:[ _-]?here)?)|[A-Z][A-Z_]{0,20}_TOKEN(?:_HERE)?"
    r"|ACCESS_?TOKEN|accessToken|access_token)"
)
NAMES = LazyRegex(NAME)
"""The names that tutorials use; also what stays glued to a token that was pasted beside one."""
