"""Whether a text may be about a ready-made provider, by its words alone."""

from collections.abc import Iterator, Mapping
from typing import Any

from tokcheck.providers.known_services.bodies import owner_of_body
from tokcheck.providers.known_services.error_sentences import find_service_sentences
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.providers.known_services.recognition import names_of

_SHORTEST = 8


def may_be_ready_made(text: str) -> bool:
    """Return whether a text holds a name of a ready-made provider, or words that only it writes."""
    if any(find_service_sentences(text)) or owner_of_body(text) is not None:
        return True
    text = text.lower()
    return any(word in text for table in TABLES.values() for word in _words(table))


def _words(table: Mapping[str, Any]) -> Iterator[str]:
    yield from names_of(table)
    rules = (*table.get("refusals", ()), *table.get("oauth", {}).get("refusals", ()))
    for value in (rule.get(name) for rule in rules for name in ("equals", "contains")):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and len(each) >= _SHORTEST:
                yield each.lower()
