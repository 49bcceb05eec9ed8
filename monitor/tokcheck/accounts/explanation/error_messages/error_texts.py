"""Find errors in the words of a text: what providers write in them, and how libraries print it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tokcheck.accounts.explanation.client_errors import CLIENT_ERRORS, GCLOUD
from tokcheck.accounts.explanation.error_codes import (
    DISTINCT_CODES,
    OAUTH_CODES,
    STATUSES,
    owner_of_words,
)
from tokcheck.accounts.explanation.error_messages.error_message import (
    ErrorMessage,
    Source,
    google_body,
)
from tokcheck.core.lazy import LazyRegex
from tokcheck.providers.known_services.error_sentences import find_service_sentences

_MOST = 64
# How .NET, Rust and others print the text of an error, and what closes it there.
_LABEL = LazyRegex(r"\A[\s,\"']{0,4}(?:error_)?[dD]escription[\"']?\s?[:=]\s?(?:Some\()?[\"']?")
_CLOSINGS = ('",', '"}', '")', '"]', "',", "')", "'}", "', {", '".', "\\n")
_LONGEST_TEXT = 400


class _Sentence(NamedTuple):
    """The beginning of a sentence that only one error of one provider has.

    Without ``owner``, it is one of Google's services that writes it, which others name.
    """

    words: str
    owner: str | None
    code: str
    is_oauth: bool = False


# Fitbit's are seen in public issues of its clients, which print the sentence without its type.
_SENTENCES = (
    _Sentence("access token expired:", "fitbit", "expired_token"),
    _Sentence("access token invalid:", "fitbit", "invalid_token"),
    _Sentence(
        "this application does not have permission to access", "fitbit", "insufficient_scope"
    ),
    _Sentence("api client is not authorized by fitbit", "fitbit", "insufficient_permissions"),
    _Sentence("rate limit exceeded for this user", "fitbit", "system"),
    _Sentence("refresh token invalid:", "fitbit", "invalid_grant", is_oauth=True),
    _Sentence("authorization code invalid:", "fitbit", "invalid_grant", is_oauth=True),
    _Sentence("client secret invalid", "fitbit", "invalid_client", is_oauth=True),
    _Sentence("invalid authorization header format", "fitbit", "invalid_client", is_oauth=True),
    _Sentence("token has been expired or revoked", "google-health", "invalid_grant", is_oauth=True),
    _Sentence("the oauth client was not found", "google-health", "invalid_client", is_oauth=True),
    _Sentence("the oauth client was deleted", "google-health", "deleted_client", is_oauth=True),
    _Sentence("the oauth client was disabled", "google-health", "disabled_client", is_oauth=True),
    _Sentence(
        "request had insufficient authentication scopes",
        None,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    ),
    _Sentence("request had invalid authentication credentials", None, "UNAUTHENTICATED"),
    _Sentence("the account is not linked to google health", "google-health", "ACCOUNT_NOT_LINKED"),
    _Sentence(
        "google health api has not been used in project", "google-health", "SERVICE_DISABLED"
    ),
    _Sentence("quota exceeded for quota metric", None, "RATE_LIMIT_EXCEEDED"),
)
# In ASCII alone: other letters that (?i) takes for one of these would not be found in the table.
_ALL_SENTENCES = LazyRegex("(?ai)" + "|".join(re.escape(one.words) for one in _SENTENCES))
# A code as libraries print it: ``invalid_grant: words``, ``(invalid_grant) words``,
# ``"invalid_grant" "words"``.
_CODES = LazyRegex(
    rf"(?<![\w/.?&=#-])[\"']?(?P<code>{'|'.join(sorted(OAUTH_CODES | {'expired_token'}))})(?!\w)"
    r"(?P<join>\)[:,]?[ \t]?|:[ \t]|[\"'][ \t]{0,2}[\"']|[\"'],[ \t])?(?P<text>[^\n]{0,400})"
)
_FRAMED = LazyRegex(
    r"(?:oauthlib|authlib|oauth2|OAuth2?)[\w.\\]{0,80}(?:Error|Exception)?[:(\"' ]{1,4}\Z"
)
# Also at the end of a class's name, as GaxiosError.
_ERROR_WORD = LazyRegex(r"(?i)(?:error|exception)(?: retrieving token)?:[ \"']{1,3}\Z")
_BEFORE = 120
_GCLOUD_BEFORE = 1500
# Without one, the command is advice for those who have no credentials at all.
_REFRESHING = LazyRegex(r"(?i)\breauth|\binvalid_grant\b|\brefresh|\bexpired\b|\brevoked\b")
# The error types of an API about the access token: RFC 6750, and Fitbit's own.
_TOKEN_TYPES = ("expired_token", "insufficient_scope", "invalid_token")
_CHALLENGE = LazyRegex(
    r"(?i:\bwww-authenticate[\"']?\s{0,2}[:=]\s{0,2}[\"'\\]{0,4}bearer)\b[^\n]{0,300}?"
    rf"\berror=\\{{0,3}}[\"'](?P<code>{'|'.join(_TOKEN_TYPES)})\b"
    r"(?:[^\n]{0,100}?\berror_description=\\{0,3}[\"'](?P<text>[^\"'\n]{0,400}))?"
)
# A code that is the whole text.
_BARE_CODE = LazyRegex(rf"\s*[\"'`(]?({'|'.join(sorted(OAUTH_CODES))})[\"'`).]?\s*")
# Messages that other programs print, too.
_EVERYDAY_CODES = frozenset({"access_denied", "internal_failure", "server_error"})
# Google's reasons, as protocol buffers and googleapiclient print them.
_REASON = LazyRegex(
    r"\breason:? ?\"([A-Za-z_]{4,60})\""
    # in the lines of logs, behind the status
    r"|\b4[0-9]{2}[ :,-]{1,3}([A-Z]{3,20}(?:_[A-Z]{3,20}){1,4})\b"
)


def find_error_texts(text: str) -> Iterator[ErrorMessage]:
    """Yield the errors that the words of a text name."""
    yield from _find_sentences(text)
    for found in find_service_sentences(text):
        body: Any = found.detail
        for name in reversed(found.path.split(".")):
            body = {name: body}
        yield ErrorMessage("api", found.at, "", found.detail, found.status, body, found.owner)
    yield from _find_codes(text)
    for match in _matches(_REASON, text):
        reason = match.group(1) or match.group(2)
        if reason in STATUSES:
            body = google_body(reason, status=STATUSES[reason])
            yield ErrorMessage("api", match.start(), reason, "", STATUSES[reason], body)
    for match in _matches(_CHALLENGE, text):
        yield _error_by_type(match["code"], match["text"] or "", match.start())


def find_client_errors(text: str) -> Iterator[ErrorMessage]:
    """Yield the errors that a client library raised by itself."""
    for error in CLIENT_ERRORS:
        for match in _matches(error.sign, text):
            owner = error.owner
            yield ErrorMessage("client", match.start(), error.code, match.group(), owner=owner)


def find_gcloud_errors(text: str) -> Iterator[ErrorMessage]:
    """Yield the errors of gcloud's own credentials, which end with the command to run."""
    for match in _matches(GCLOUD.sign, text):
        before = text[max(0, match.start() - _GCLOUD_BEFORE) : match.start()]
        if _REFRESHING.search(before) is not None:
            yield ErrorMessage("client", match.start(), GCLOUD.code, owner=GCLOUD.owner)


def _find_sentences(text: str) -> Iterator[ErrorMessage]:
    by_words = {one.words: one for one in _SENTENCES}
    lower = text.lower()
    if not any(words in lower for words in by_words):
        return  # a long text takes a fraction of the time in this way
    for match in _matches(_ALL_SENTENCES, text):
        sentence = by_words[match.group().lower()]
        detail = _line_at(text, match.start())
        status = 429 if sentence.code == "system" else STATUSES.get(sentence.code)
        if sentence.is_oauth:
            body: Mapping[str, object] = {"error": sentence.code, "error_description": detail}
        elif sentence.owner == "fitbit":
            body = {"errors": [{"errorType": sentence.code, "message": detail}]}
        else:
            body = google_body(sentence.code, detail, status=status)
        source: Source = "oauth" if sentence.is_oauth else "api"
        yield ErrorMessage(
            source, match.start(), sentence.code, detail, status, body, sentence.owner
        )


def _find_codes(text: str) -> Iterator[ErrorMessage]:
    bare = _BARE_CODE.fullmatch(text)
    if bare is not None and bare.group(1) not in _EVERYDAY_CODES:
        code = bare.group(1)
        yield ErrorMessage("oauth", 0, code, "", STATUSES.get(code), {"error": code})
    for match in _matches(_CODES, text):
        code, joined = match["code"], match["join"] is not None
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        framed = _FRAMED.search(before) is not None
        joined_or_named = joined or _ERROR_WORD.search(before) is not None
        detail = _unquote(match["text"]) if joined else ""
        is_distinct = code in DISTINCT_CODES or (detail and owner_of_words(detail) is not None)
        is_named = code not in _EVERYDAY_CODES and not match["text"].strip(" .\"')")
        if not framed and not (joined_or_named and (is_distinct or is_named)):
            continue
        if code in _TOKEN_TYPES:
            yield _error_by_type(code, detail, match.start())
        else:
            body = {"error": code, "error_description": detail}
            owner = owner_of_words(detail)
            yield ErrorMessage(
                "oauth", match.start(), code, detail, STATUSES.get(code), body, owner
            )


def _error_by_type(code: str, detail: str, at: int) -> ErrorMessage:
    """Return the error of an API that has one of the types of RFC 6750."""
    body = {"errors": [{"errorType": code, "message": detail}]}
    return ErrorMessage("api", at, code, detail, STATUSES[code], body)


def _matches(pattern: LazyRegex, text: str) -> Iterator[re.Match[str]]:
    """Yield the last matches, which are what a log ends with."""
    yield from list(pattern.compiled.finditer(text))[-_MOST:]


def _line_at(text: str, start: int) -> str:
    end = text.find("\n", start, start + _LONGEST_TEXT)
    line = text[start : end if end >= 0 else start + _LONGEST_TEXT]
    return _unquote(line)


def _unquote(words: str) -> str:
    """Return what an error says without its label and without what closes the literal."""
    words = _LABEL.compiled.sub("", words, count=1)
    for closing in _CLOSINGS:
        words = words.partition(closing)[0]
    return words.strip(" '\")")
