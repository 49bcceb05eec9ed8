"""A finding in words, as all formats that people read say it.

What outputs show of names and messages that others chose: printable, and without a token.
"""

from collections.abc import Collection, Mapping

from tokcheck.scan.finding import Finding, Scanned

_REDACTED = "[redacted]"
# What no ordinary file name holds; narrower than redact(), which would take the hash out of
# "chunk-5f2a….js" and leave nobody able to find the file.
_NAMED = (
    r"eyJ[\w-]{8,}[.%][\w.%=-]*"
    r"|ya29[.%][\w.%-]{8,}"
    r"|GOCSPX-[\w-]{8,}"
    r"|1(?:/|%2[Ff]){2}0[\w-]{16,}"
    r"|4(?:/|%2[Ff])0A[\w-]{16,}"
    r"|AIza[\w-]{30,}"
)
_WORDS = (r"[\w.~%+=-]{20,}", r"[0-9a-fA-F]{32,}")
_SHORTEST = 12


def tokenless(text: str, digests: Collection[bytes] = ()) -> str:
    """Take the tokens out of a path or a message: a file's name may hold one, and is shown.

    ``digests`` are the SHA-256 digests of the credentials that were found: a word of the text
    that is one of them goes out too, whatever its form.
    """
    if len(text) < _SHORTEST:
        return text
    import re  # the light way: nothing is shown where nothing was found

    text = re.sub(_NAMED, _REDACTED, text)
    if not digests:
        return text
    for pattern in _WORDS:
        text = re.sub(pattern, lambda word: _unless_found(word.group(), digests), text)
    return text


def printable(text: str, keep: str = "") -> str:
    r"""Write what a terminal would act on, or a reader could not see, as an escape: ``\x1b``.

    Bytes that are no UTF-8, which Python reads as lone surrogates, become ``\xff``. ``keep`` are
    characters that stay as they are. A text without any of these stays as it is, backslashes
    included; in another they are doubled, so that two different names never look alike.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in keep else _escape(character)
        for character in text.replace("\\", "\\\\")
    )


def unicode(text: str) -> str:
    r"""Write lone surrogates as escapes: all else goes through JSON, which cannot hold these."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return "".join(
        _escape(character) if "\ud800" <= character <= "\udfff" else character for character in text
    )


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - PEP 383: a byte that is no UTF-8
        code -= 0xDC00
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    if code < 0x100:  # noqa: PLR2004 - two digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - four digits


def _unless_found(word: str, digests: Collection[bytes]) -> str:
    from tokcheck.scan.finding import sha256

    return _REDACTED if sha256(word.encode("utf-8", "surrogatepass")) in digests else word


def sentence(finding: Finding) -> str:
    """Say what it is, whose, and whether its own claims call it expired."""
    return f"{headline(finding)} ({printable(finding.masked)}){_STATES[finding.expired]}"


def headline(finding: Finding) -> str:
    """Say what it is and of which API: ``an access token of the Fitbit Web API``."""
    words = finding.kind.words
    return f"{words} of the {_title(finding.provider)}" if finding.provider else words


def capital(text: str) -> str:
    """Begin a sentence."""
    return text[:1].upper() + text[1:]


def paths(scanned: Scanned) -> Mapping[str, str]:
    """Map each path of a result to what may be shown of it: the same without a token."""
    digests = {finding.digest for finding in scanned.findings}
    named = {finding.path for finding in scanned.findings}
    named.update(error.path for error in scanned.errors)
    return {path: tokenless(path, digests) for path in named}


def messages(scanned: Scanned) -> list[tuple[str, str]]:
    """Return the paths of what could not be read, as they are, and what may be shown of why."""
    digests = {finding.digest for finding in scanned.findings}
    return [(error.path, tokenless(error.message, digests)) for error in scanned.errors]


# Where a credential's own text says nothing of its end, neither does the output.
_STATES = {True: ", expired", False: ", not expired", None: ""}


def _title(provider: str) -> str:
    from tokcheck.providers import REGISTRY

    known = REGISTRY.get(provider)
    return known.title if known else printable(provider)
