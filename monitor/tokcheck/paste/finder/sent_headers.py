"""Credentials as a declared API gets them: in a header, or behind a word, of its own."""

import re
from collections.abc import Iterator, Sequence

from tokcheck.core.credential import KnownService
from tokcheck.core.lazy import compile_cached
from tokcheck.paste.context.value_ends import value_of_no_form
from tokcheck.paste.opaque_credentials.found_credential import OpaqueCredential

# What may stand behind the value of a header: else it goes on with a character that no token has.
_ENDS = r"(?=[\s\\^&|<)\]}.,;\u2026]|[\"'`](?![A-Za-z0-9])|\Z)"


def names_header(text: str, services: Sequence[KnownService]) -> bool:
    """Return whether a text may have a header in which one of the services gets its tokens."""
    lower = text.lower()
    return any(header in lower for service in services for header, _ in service.sent_in)


def find(
    text: str, services: Sequence[KnownService]
) -> Iterator[tuple[KnownService, OpaqueCredential]]:
    """Yield what stands in the place of a service's token in a header."""
    for service in services:
        for header, scheme in service.sent_in:
            word = rf"(?i:{re.escape(scheme)})[ \t]{{1,4}}" if scheme else ""
            pattern = compile_cached(
                rf"(?<![\w-])(?i:{re.escape(header)})[\"'\\]{{0,3}}[ \t]{{0,4}}[:=][ \t]{{0,4}}"
                rf"[\"'`\\]{{0,2}}{word}([A-Za-z0-9._~+/-]{{16,4096}}=*)(?![\w.~+/(=\[-]){_ENDS}"
            )
            match = pattern.search(text)
            if match is not None:
                start = match.start(1)
                end = start + len(match[1].rstrip("."))
                yield service, value_of_no_form(text, start, end)
