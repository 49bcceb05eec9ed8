"""Flaws in the ends of sentences that are shown to people."""

import re

_END = re.compile(r"""(?s:.*)(?:[.!?…][`"')]?|</p>)\s*""")
# A command, to be copied, or the address of a page.
_COMMAND = re.compile(r"(?s:.*)[:`|] (?:tokcheck|git|rm|ls|icacls|https?:/)\b[^\n]*\s*")
_PLACEHOLDER = re.compile(r"(?s:.*)(?:X|\{\w+(?::[a-z-]+)?\}|:)\s*")
_DOUBLE = re.compile(r"(?<!\.)\.\.(?=\s|\Z)|[.!?,;:]\s+\.(?=\s|\Z)|[!?,;:]\.(?=\s|\Z)")
_INNER_END = re.compile(r"(?<=[a-z)`])\. (?=[A-Z])")


def flaw_of_end(text: str) -> str:
    """Return what is wrong with the ends in a text of whole sentences; empty for nothing."""
    if not (_END.fullmatch(text) or _COMMAND.fullmatch(text)):
        return "no full stop"
    return flaw_inside(text)


def flaw_of_template(text: str) -> str:
    """Return the same of a text with placeholders, which may end it, or before a command."""
    if _INNER_END.search(text) and not _PLACEHOLDER.fullmatch(text):
        return flaw_of_end(text)
    return flaw_inside(text)


def flaw_inside(text: str) -> str:
    """Return what is wrong with the ends of the sentences in a text; empty for nothing."""
    double = _DOUBLE.search(text)
    return f"a double end: {text[max(0, double.start() - 20) : double.end()]}" if double else ""
