"""Find out which provider an error message is from, by the text around it."""

import json
import re
from collections.abc import Iterator, Mapping
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from tokcheck.accounts.explanation.error_codes import owner_of_code
from tokcheck.accounts.explanation.error_messages.error_message import ErrorMessage
from tokcheck.accounts.explanation.google_services import (
    has_older_form,
    service_in_words,
    service_of,
)
from tokcheck.core.lazy import LazyRegex
from tokcheck.providers.base import Provider
from tokcheck.providers.known_services.bodies import owner_of_body

_NEAR = 600
_MOST = 64
# Behind www.googleapis.com, the path begins with the name of the service.
_HOST = LazyRegex(
    r"(?i)\b(www\.googleapis\.com/(?!oauth2|auth/|robot/)(?:upload/|batch/)?[a-z]{2,30}/v[0-9])"
    r"|\bhttps?://((?!www\.googleapis\.com)[a-z0-9.-]{3,100})"
    r"|\b([a-z0-9-]{2,40}\.googleapis\.com)\b"
)
# Hosts that error messages name and that sent none: where libraries and their manuals are.
_NO_SERVICE = LazyRegex(
    r"(?:docs?|dev|developers?|support|console|help)\.[a-z0-9.-]+|localhost|127\.[0-9.]+"
    r"|[a-z0-9.-]*(?:github(?:usercontent)?\.com|readthedocs\.io)"
    r"|(?:type|www)\.googleapis\.com|www\.google\.com|[a-z.]*cloud\.google\.com|myaccount\.google\.com"
)
# Only Microsoft's endpoints write these numbers:
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_FOREIGN_WORDS = LazyRegex(r"\bAADSTS[0-9]{4,8}\b")
_MODULE = r"\.(?:exc|exceptions?|errors?|common|oauth\w{0,4}|client|api)\b"
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)  # each character keeps its place
FOREIGN = "another service"


class _Mention(NamedTuple):
    owner: str
    start: int
    end: int

    def distance(self, start: int, end: int) -> int:
        """Return how many characters lie between the mention and a place."""
        return max(0, self.start - end, start - self.end)


class MessageOwners:
    """The mentions of services in a text, which show the owner of a message.

    ``wanted`` is the name of the provider that the caller expects: a message that shows no other
    owner is its.
    """

    def __init__(
        self, text: str, providers: Mapping[str, Provider], wanted: str | None = None
    ) -> None:
        self._providers = providers
        self._wanted = wanted
        self._printed = text
        self._text = text.translate(_LOWER)
        own = list(self._own(providers))
        self._mentions = own + list(self._foreign(own))
        self._by_name = {owner for owner, one in providers.items() if self._has_name(one)}

    def owner_of(self, message: ErrorMessage) -> str | None:
        """Return the name of the provider that wrote a message; ``None`` if that is not known.

        :data:`FOREIGN` if another service did.
        """
        if _FOREIGN_WORDS.search(message.text) is not None:
            return FOREIGN
        at, is_status = message.at, message.source == "status"
        service = service_of(message)
        if is_status and not service:
            start, end = self._line_around(at)
            service = service_in_words(self._printed[start:end])
        if message.owner is not None and not service:
            return message.owner
        if service:
            known = (
                name
                for name, provider in self._providers.items()
                if any(service in sign for sign in provider.error_signs)
            )
            return next(known, FOREIGN)
        if is_status:
            owner = self.owner_on_line(at) or self.owner_at(at, at)
            return owner or self.owner_by_name() or self._wanted
        if (marked := self._owner_of_body(message)) is not None:
            return marked
        near = self.owner_at(at, at + len(message.text))
        if message.source == "consent" and near == FOREIGN:
            near = None  # a redirect leads to the application
        if message.source != "other" and isinstance((message.body or {}).get("error"), dict):
            # The form is Google's; the Fitbit Web API uses it, too, since April 2026.
            shared = self._wanted or FOREIGN if has_older_form(message) else "google-health"
            return near or shared
        return near or self.owner_by_name() or owner_of_code(message.code) or self._wanted

    def _has_name(self, provider: Provider) -> bool:
        """Return whether the text names a provider; a declared one as a word, not in an address."""
        if provider.recognition is None:
            return provider.error_name in self._text
        names = "|".join(map(re.escape, provider.recognition.names))
        if not names:
            return False
        # As a word, or in the name of an exception: ``stravalib.exc``, ``SpotifyOauthError``.
        word = rf"(?<![\w./@:-])(?:{names})(?:[_-]?(?:api|lib|io|py))?(?:(?!\w|[.-]\w|/)|{_MODULE})"
        exception = rf"(?<![\w/@:-])(?:{names})\w{{0,40}}(?:error|exception)\b"
        return re.search(f"{word}|{exception}", self._text) is not None

    def _owner_of_body(self, message: ErrorMessage) -> str | None:
        """Return the only declared provider with its marks in the body, or with its form."""
        marks = {
            owner: provider.error_marks
            for owner, provider in self._providers.items()
            if provider.error_marks
        }
        if not marks or message.body is None:
            return None
        body = json.dumps(message.body, default=str).lower()
        owners = [
            owner
            for owner, each in marks.items()
            if any(f'"{mark}"' in body or f"//{mark}" in body for mark in each)
        ]
        if not owners:
            known = owner_of_body(body)
            return known if known in self._providers else None
        return owners[0] if len(owners) == 1 else None

    def owner_at(self, start: int, end: int) -> str | None:
        """Return the owner of the message at a place: the nearest one that is mentioned.

        :data:`FOREIGN` if that is another service; ``None`` if there is none.
        """
        near = [
            (mention.distance(start, end), mention.owner == FOREIGN, -mention.end, mention.owner)
            for mention in self._mentions
            if mention.distance(start, end) <= _NEAR
        ]
        return min(near)[3] if near else None

    def owner_on_line(self, at: int) -> str | None:
        """Return the owner that one line mentions, by name or by address."""
        start, end = self._line_around(at)
        owners = [each.owner for each in self._mentions if start <= each.start < end]
        own = next((owner for owner in owners if owner != FOREIGN), None)
        has_address = self._text.find("://", start, end) >= 0
        return own or (FOREIGN if owners or has_address else None)

    def has_on_line(self, at: int, sign: str) -> bool:
        """Return whether the line of the text at ``at`` has a sign, which is in lower case."""
        return self._text.find(sign, *self._line_around(at)) >= 0

    def _line_around(self, at: int) -> tuple[int, int]:
        """Return where the line at a place starts and ends."""
        end = self._text.find("\n", at)
        return self._text.rfind("\n", 0, at) + 1, len(self._text) if end < 0 else end

    def owner_by_name(self) -> str | None:
        """Return the only provider that the text names at all, if no other is mentioned."""
        if any(mention.owner == FOREIGN for mention in self._mentions):
            return None
        owners = {mention.owner for mention in self._mentions} or self._by_name
        return next(iter(owners)) if len(owners) == 1 else None

    def _own(self, providers: Mapping[str, Provider]) -> Iterator[_Mention]:
        for owner, provider in providers.items():
            for sign in provider.error_signs:
                at, left = self._text.rfind(sign), _MOST
                while at >= 0 and left:
                    yield _Mention(owner, at, at + len(sign))
                    left -= 1
                    at = self._text.rfind(sign, 0, at)

    def _foreign(self, own: list[_Mention]) -> Iterator[_Mention]:
        starts = {mention.start for mention in own}
        for match in list(_HOST.compiled.finditer(self._text))[-_MOST:]:
            group = match.lastindex or 0
            host = match.group(group).rstrip(".-")
            is_own = any(match.start(group) <= start < match.end(group) for start in starts)
            if not is_own and _NO_SERVICE.fullmatch(host) is None and "." in host:
                yield _Mention(FOREIGN, match.start(group), match.end(group))
