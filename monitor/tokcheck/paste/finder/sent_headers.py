"""Credentials as a declared API gets them: in a header, or behind a word, of its own."""

import re
from collections.abc import Iterator, Sequence

from tokcheck.core.credential import Kind, KnownService
from tokcheck.core.lazy import compile_cached
from tokcheck.paste.context.value_ends import may_go_on
from tokcheck.paste.opaque_credentials.found_credential import OpaqueCredential


def names_header(text: str, services: Sequence[KnownService]) -> bool:
    """Return whether a text may have a header in which one of the services gets its tokens."""
    lower = text.lower() if any(service.sent_in for service in services) else ""
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
                rf"[\"'`\\]{{0,2}}{word}([A-Za-z0-9._~+/-]{{16,4096}}=*)(?![\w.~+/(=\[-])"
            )
            match = pattern.search(text)
            if match is not None:
                start = match.start(1)
                raw = match[1].rstrip(".")
                end = start + len(raw)
                unclear = may_go_on(text, start, end)
                yield (
                    service,
                    OpaqueCredential(raw, start, end, (), Kind.UNKNOWN, None, unclear=unclear),
                )
