"""The credential in a text, of whichever provider. Pure."""

from collections.abc import Mapping

from tokcheck.core.credential import Credential
from tokcheck.paste.finder import Issuer, read
from tokcheck.providers.base import Provider

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def seen(text: str) -> str:
    """Return a text without the characters that no screen shows."""
    return text.translate(_INVISIBLE)


def credential_in(
    text: str, providers: Mapping[str, Provider], wanted: str | None = None
) -> Credential | None:
    """Return what the paste room finds in a text; ``wanted`` names the provider that is meant."""
    forms = {name: provider.forms for name, provider in providers.items()}
    issuers: dict[str, Issuer] = {}
    for provider in providers.values():
        issuers |= provider.issuers
    return read(text, forms, issuers, provider=wanted).credential
