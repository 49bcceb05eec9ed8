"""The content of a paste, as the finder returns it."""

from typing import NamedTuple

from tokcheck.core.credential import Credential, Kind


class Paste(NamedTuple):
    """The content of a paste.

    ``credential`` is the one that was meant; ``None`` if there is none, or if ``candidates`` holds
    two or more access tokens. ``empty_bearer`` means that nothing followed the word ``Bearer``;
    ``empty_label`` is another header or key that nothing followed.
    """

    credential: Credential | None
    cleaned: tuple[str, ...] = ()
    candidates: tuple[Credential, ...] = ()
    empty_bearer: bool = False
    empty_label: str = ""
    names_service: bool = False
    """Whether a label beside it calls another word the token of a service that is only known."""

    @property
    def may_be_declared(self) -> bool:
        """Whether it holds a token of a service of which there may be a declaration."""
        return self.names_service or bool(self.credential and self.credential.service)

    @property
    def has_access_token(self) -> bool:
        """Whether it holds one whole access token, and the provider of that is certain."""
        found = self.credential
        return (
            not self.candidates
            and found is not None
            and found.kind is Kind.ACCESS_TOKEN
            and found.provider is not None
            and found.flaw is None
            and not (found.service or found.sharing or found.is_sent_elsewhere)
        )
