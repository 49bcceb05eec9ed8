"""Explain an error message that was pasted without a token.

The message is read, turned into the response that it reports, and explained by the code that
explains such a response to the probe, to a login and to a refresh.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus

from tokcheck.accounts.explanation.declared_errors import read_declared_error
from tokcheck.accounts.explanation.error_messages.consent_errors import find_consent_errors
from tokcheck.accounts.explanation.error_messages.error_message import (
    NO_HEADERS,
    ErrorMessage,
    bare_body,
    begins_status_word,
)
from tokcheck.accounts.explanation.error_messages.error_objects import (
    find_error_objects,
    find_other_objects,
)
from tokcheck.accounts.explanation.error_messages.error_texts import (
    find_client_errors,
    find_error_texts,
    find_gcloud_errors,
)
from tokcheck.accounts.explanation.exception_chain import ExceptionChain
from tokcheck.accounts.explanation.message_owner import FOREIGN, MessageOwners
from tokcheck.accounts.explanation.oauth_messages import (
    explain_client_error,
    explain_consent_error,
    explain_oauth_error,
    explain_token_error,
)
from tokcheck.accounts.explanation.statuses.bare_statuses import (
    LIMIT_OWNER_NOTE,
    SHOW_BODY,
    UNCLEAR_STATUSES,
    UNSENT_CODES,
    explain_api_status,
    explain_part,
    explain_token_status,
    explain_unknown_error,
    explain_unsent_token,
)
from tokcheck.accounts.explanation.statuses.http_statuses import (
    FoundStatus,
    find_statuses,
    reset_notes,
)
from tokcheck.accounts.explanation.statuses.printed_headers import PrintedHeaders
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.token_errors import error_from_response
from tokcheck.accounts.oauth.token_request import TokenRequest
from tokcheck.checks.scopes.missing_scopes import name_missing_scopes
from tokcheck.checks.verdict import explain_outcome
from tokcheck.core.report import ErrorExplanation, Outcome, Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.api_responses.unsent_token import received_no_token, sends_no_token
from tokcheck.providers.base import Provider, Response

_MOST_CANDIDATES = 24
_NEAR = 2000


def explain(
    text: str, providers: Mapping[str, Provider], now: datetime, wanted: str | None
) -> ErrorExplanation | None:
    """Return what a message means, in one reading of its text."""
    undetermined, has_body, part = None, False, None
    chain = ExceptionChain(text)
    statuses = find_statuses(text)
    owners = MessageOwners(text, providers, wanted)
    explainer = _Explainer(text, owners, providers, statuses, now)
    for message in _messages(text, statuses):
        if message.source == "status" and has_body and not message.text:
            break  # the body of the response says more than its status
        if part is not None and message.at > part.at and begins_status_word(message.code):
            continue  # words of the body that was cut before its reason
        explanation = explainer.explain(message)
        if explanation is None:
            continue
        if message.is_part and explanation.verdict is Verdict.UNDETERMINED:
            part = message
        if not chain.add(message, explanation):
            continue
        has_body = has_body or message.source in {"api", "oauth", "other"}
        if explanation.verdict is not Verdict.UNDETERMINED:
            return explanation
        undetermined = undetermined or explanation
    return chain.conclusion or undetermined


def _messages(text: str, statuses: Sequence[FoundStatus]) -> Iterator[ErrorMessage]:
    """Yield the messages of a text: those that say most first, and of those the last one."""
    texts = [*find_consent_errors(text), *find_error_texts(text)]
    in_words = {each.code for each in texts if each.text}
    for group in (
        find_gcloud_errors(text),
        # Google's libraries print an object of the code alone behind the words that explain it.
        (
            each
            for each in find_error_objects(text)
            if each.source != "oauth" or each.owner or each.text or each.code not in in_words
        ),
        find_other_objects(text),
        texts,
        find_client_errors(text),
    ):
        yield from sorted(group, key=lambda message: -message.at)[:_MOST_CANDIDATES]
    for found in reversed(statuses[-_MOST_CANDIDATES:]):
        owner = "fitbit" if found.is_fitbit else None
        yield ErrorMessage("status", found.at, text=found.page, status=found.status, owner=owner)


class _Explainer:
    """Explains the messages of one text."""

    def __init__(
        self,
        text: str,
        owners: MessageOwners,
        providers: Mapping[str, Provider],
        statuses: Sequence[FoundStatus],
        now: datetime,
    ) -> None:
        self._owners = owners
        self._providers = providers
        self._builtin = {name: one for name, one in providers.items() if not one.is_declared}
        self._statuses = statuses
        self._now = now
        self._shows_no_token = sends_no_token(text)
        self._printed = PrintedHeaders(text)

    def explain(self, message: ErrorMessage) -> ErrorExplanation | None:
        """Return the meaning of a message; ``None`` if it is another service's."""
        owner = self._owners.owner_of(message)
        if owner == FOREIGN:
            return None
        provider = self._providers.get(owner or "")
        if message.source != "other":
            return self._explain_for_provider(message, provider)
        if provider is None or not provider.is_declared:
            return None
        found = self._status(message)
        read = read_declared_error(message, provider, found, self._now)
        return None if read is None else self._explain_for_provider(read, provider)

    def _explain_for_provider(
        self, message: ErrorMessage, provider: Provider | None
    ) -> ErrorExplanation | None:
        """Return the meaning of a provider's message."""
        if provider is not None and self._had_no_token(message, provider):
            return explain_unsent_token(provider)
        if message.source == "client":
            return explain_client_error(message, provider)
        if message.source == "oauth":
            found = self._status(message)
            return explain_token_error(message, provider, self._builtin, found.status, self._now)
        if message.source == "consent":
            return explain_consent_error(message, provider, self._builtin)
        if provider is None:
            return None
        if message.source == "status" and self._is_of_token_endpoint(message, provider):
            return self._token_status(message, provider)
        return self._api_error(message, provider)

    def _had_no_token(self, message: ErrorMessage, provider: Provider) -> bool:
        """Return whether a message is the response of an API to a request without a token."""
        if message.source not in {"api", "oauth", "status"}:
            return False
        is_about_header = "authorization header" in message.text.lower()
        if message.source == "oauth" and not is_about_header:
            return False
        if message.code in UNSENT_CODES and received_no_token(message.text):
            return True
        return (
            self._shows_no_token
            and message.code in UNSENT_CODES
            and self._status(message).status == HTTPStatus.UNAUTHORIZED
            and not self._is_of_token_endpoint(message, provider)
        )

    def _status(self, message: ErrorMessage) -> FoundStatus:
        """Return the status that the message names, or the nearest one of the text."""
        near = [each for each in self._statuses if abs(each.at - message.at) < _NEAR]
        nearest = min(near, key=lambda each: abs(each.at - message.at), default=None)
        if message.status is None:
            return nearest or FoundStatus(400, message.at, NO_HEADERS, is_reported=False)
        same = [each for each in near if each.status == message.status]
        printed = self._printed.near(message.at)
        headers = next((each.headers for each in same if each.headers), printed)
        own = next((each for each in same if each.at == message.at), None)
        counts = [own] if message.source == "status" and own else same
        is_reported = message.names_status or any(each.is_reported for each in counts)
        detail = own.detail if own else ""
        return FoundStatus(
            message.status, message.at, headers, is_reported=is_reported, detail=detail
        )

    def _api_error(self, message: ErrorMessage, provider: Provider) -> ErrorExplanation:
        found = self._status(message)
        is_bare = message.source == "status" and not message.text
        is_bare = is_bare and not _is_declared_status(provider, found.status, self._now)
        explained = None
        if is_bare and not found.headers:
            explained = explain_api_status(found, provider)
        elif message.is_part and begins_status_word(message.code):
            explained = explain_part(found, provider)
        if explained is not None:
            return explained
        body = bare_body(found.status) if message.body is None else message.body
        raw = json.dumps(body, default=str).encode()
        if message.source == "status" and message.text:
            raw = message.text.encode()
        outcome = provider.read_error(
            Response(found.status, found.response_headers, raw, self._now)
        )
        outcome = _without_guessed_status(outcome, found)
        if not found.is_reported and outcome.verdict is Verdict.UNDETERMINED:
            unknown = explain_unknown_error(provider, outcome)
            if unknown is not None:
                return unknown
        is_limited = outcome.verdict is Verdict.RATE_LIMITED
        is_used_up = any(window.remaining == 0 for window in outcome.quota)
        notes = reset_notes(found.headers) if is_limited or is_used_up else ()
        # The pause of a declared limit counts from the response as well.
        has_old_pause = bool(notes) and provider.is_declared
        outcome = outcome._replace(remedy=() if has_old_pause else outcome.remedy)
        remedies = provider.remedies
        if is_bare and found.status in UNCLEAR_STATUSES:
            notes += (SHOW_BODY,)
            if found.status == 401:
                notes = (*remedies.get(Verdict.EXPIRED, ()), *notes)
                remedies = {}  # they are those after a refresh that does not help
        # A reset counts from the response, and the time since then is unknown.
        quota = tuple(window._replace(reset_at=None) for window in outcome.quota)
        reports_limit = any("limit" in name for name in found.headers)
        is_unreported = not found.headers or (is_bare and not reports_limit)
        if found.status == 429 and is_unreported:
            # A server in front of the API answers so, too.
            quota = ()
            notes += (LIMIT_OWNER_NOTE,) if message.source == "status" else ()
        conclusion = explain_outcome(
            outcome._replace(advice=(*notes, *outcome.advice), quota=quota),
            self._now,
            provider.title,
            remedies,
        )
        advice = name_missing_scopes(conclusion.advice, provider, None, outcome.missing_scopes)
        return ErrorExplanation(provider.name, conclusion.verdict, conclusion.summary, advice)

    def _is_of_token_endpoint(self, message: ErrorMessage, provider: Provider) -> bool:
        """Return whether the line of a status names the token endpoint."""
        if provider.endpoints is None:
            return False
        address = provider.services[provider.oauth.service].address.removeprefix("https://")
        return self._owners.has_on_line(message.at, address + provider.oauth.token)

    def _token_status(self, message: ErrorMessage, provider: Provider) -> ErrorExplanation:
        """Explain a status of the token endpoint without a body."""
        status = self._status(message).status
        explained = explain_token_status(status, provider)
        if explained is not None:
            return explained
        request = TokenRequest(provider, "refresh", (), Secret("sent"), LoginCommand(provider.name))
        error = error_from_response(Response(status, {}, b"", self._now), request)
        return explain_oauth_error(error, provider, (error.hint,))


def _without_guessed_status(outcome: Outcome, found: FoundStatus) -> Outcome:
    """Return an outcome that names no status which the text does not have."""
    if found.is_reported:
        return outcome
    detail = outcome.detail.removeprefix(f"HTTP {found.status}").removeprefix(": ")
    return outcome._replace(detail=detail)


def _is_declared_status(provider: Provider, status: int, now: datetime) -> bool:
    """Return whether a declaration says what a status alone means, and no more than a 401 does."""
    if not provider.is_declared or status == HTTPStatus.UNAUTHORIZED:
        return False
    outcome = provider.read_error(Response(status, {}, b"{}", now))
    return outcome.verdict is not Verdict.UNDETERMINED
