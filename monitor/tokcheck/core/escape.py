"""Text made safe to print, and words made safe to copy into a shell.

Sequences that a terminal or a CI log would obey are escaped.
"""

# A runner of GitHub, Azure or TeamCity obeys "##[…" and "##name[…" anywhere in a line, and "::" at
# its start: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_ANYWHERE = "##"
_AT_START = "::"
# PowerShell reads a comma, an @ or a % at a word's start as its own, so those are quoted.
_PLAIN = frozenset("-_+=:./\\")
# PowerShell takes typographic marks for quotes as well:
# https://learn.microsoft.com/powershell/scripting/lang-spec/chapter-02#235-string-literals
_EXPANDED = frozenset("$`\u201c\u201d\u201e")
_SINGLE_MARKS = str.maketrans({mark: mark * 2 for mark in "'\u2018\u2019\u201a\u201b"})
# The characters that cmd reads as commands or redirections, also inside PowerShell's quotes.
_OPERATORS = str.maketrans(dict.fromkeys("&|<>^", "?"))


def printable(text: str, keep: str = "") -> str:
    r"""Escape control and invisible characters, as in ``\x1b``.

    Bytes that are not UTF-8, which Python decodes as lone surrogates, become ``\xff``. ``keep`` are
    characters that are not escaped. Backslashes are doubled in a text that has an escape and stay
    in any other, so that two different names never look alike.
    """
    if text.isprintable():
        return text
    if all(character.isprintable() or character in keep for character in text):
        return text
    return "".join(
        character if character.isprintable() or character in keep else _escape(character)
        for character in text.replace("\\", "\\\\")
    )


def escape_surrogates(text: str) -> str:
    r"""Escape lone surrogates, which JSON cannot hold."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return "".join(
        _escape(character) if "\ud800" <= character <= "\udfff" else character for character in text
    )


def encode_text(text: str) -> bytes:
    """Return the bytes that a text was decoded from, also where they are not UTF-8 (PEP 383).

    A text that comes from JSON, or the name of a file on Windows, may hold any lone surrogate: then
    each of them becomes a question mark.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def without_commands(text: str) -> str:
    r"""Escape what a CI runner reads as a command: ``::`` at the start of a line, ``##[``."""
    text = _without_brackets(text, "\\[")
    if _AT_START not in text:
        return text
    return "\n".join(
        line.replace(":", "\\x3a", 1) if line.lstrip().startswith(_AT_START) else line
        for line in text.split("\n")
    )


def json_without_commands(text: str) -> str:
    """Escape what a CI runner reads as a command in a JSON document, which says the same."""
    return _without_brackets(text, "\\u005b")


def quote_for_windows(word: str) -> str:
    """Return a word as one argument of a command that cmd and PowerShell take alike.

    Characters that neither accepts become a question mark: a quotation mark, which no name of a
    file has there, and the end of a line. In double quotes, PowerShell expands a dollar sign or a
    backtick, and ends at a typographic mark, so those get its single quotes.
    """
    if word and all((c.isascii() and c.isalnum()) or c in _PLAIN for c in word):
        return word
    word = "".join(c if c.isprintable() and c != '"' else "?" for c in word)
    if not _EXPANDED.isdisjoint(word):
        return "'" + word.translate(_OPERATORS).translate(_SINGLE_MARKS) + "'"
    # A backslash before the closing mark would escape it.
    return '"' + word + "\\" * (len(word) - len(word.rstrip("\\"))) + '"'


def _without_brackets(text: str, bracket: str) -> str:
    if _ANYWHERE not in text:
        return text
    import re  # noqa: PLC0415 - hardly any text has two number signs

    return re.sub(r"(##\w*)\[", lambda found: found[1] + bracket, text)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - PEP 383: a byte that is no UTF-8
        code -= 0xDC00
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    if code < 0x100:  # noqa: PLR2004 - two digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - four digits
