"""A client id, told from what people take for one, before anything is opened with it. Pure.

The credential in a text, of whichever provider. Pure.
"""

from collections.abc import Mapping

from tokcheck.core.credential import Credential, Kind
from tokcheck.core.errors import UsageError
from tokcheck.paste.invisible import strip_invisible
from tokcheck.providers.base import Provider, finder_for


def credential_in(
    text: str, providers: Mapping[str, Provider], wanted: str | None = None
) -> Credential | None:
    """Return what the paste room finds in a text; ``wanted`` names the provider that is meant."""
    return finder_for(providers).find(text, wanted).credential


_LONGEST = 200


def check_client_id(
    text: str,
    provider: Provider,
    providers: Mapping[str, Provider],
) -> str:
    """Return a client id if it can be one of the provider's.

    Its text is never repeated: it may be a secret that was given in the id's place.

    :raises UsageError: if its form is another provider's or another credential's.
    """
    client_id = strip_invisible(text).strip().strip("\"'")
    found = credential_in(client_id, providers)
    if found is not None and found.kind is not Kind.UNKNOWN:
        if found.kind is not Kind.CLIENT_ID:
            raise UsageError(
                f"What was given as the client id is {found.kind.words}.",
                "Copy the client id from the application's registration. If others may have "
                "seen what you gave, revoke or reset it.",
            )
        if found.provider is not None and found.provider != provider.name:
            other = providers[found.provider]
            raise UsageError(
                f"This is a client id of the {other.title}, and not of the {provider.title}.",
                f"To log in there: tokcheck login {other.name}. Or copy the client id of the "
                f"application that is registered for the {provider.title}.",
            )
        return found.secret.reveal()
    if not 0 < len(client_id) <= _LONGEST or not all("!" <= sign <= "~" for sign in client_id):
        raise UsageError(
            "This cannot be a client id.", "Copy it from the application's registration."
        )
    return client_id
