"""Parse the token files of other programs. Pure.

Known are a token endpoint's own response, also as oauthlib's clients keep it; python-fitbit's
``fitbit.ini`` (https://github.com/orcasgit/python-fitbit/blob/master/examples/dump_days.py) and
what its ``gather_keys_oauth2.py`` prints; the file of fitbit-grafana
(https://github.com/arpanghosh8453/fitbit-grafana); and google-auth's ``authorized_user`` files
(https://googleapis.dev/python/google-auth/latest/reference/google.oauth2.credentials.html).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tokcheck.core import claims
from tokcheck.core.credential import Kind
from tokcheck.core.documents import DocumentError, parse_json, parse_seconds
from tokcheck.core.errors import UsageError
from tokcheck.core.redact import redact
from tokcheck.core.report import Claims
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, finder_for

# A line of a settings file, of a shell's, or of what gather_keys_oauth2.py prints.
_LINE = re.compile(r"""(?:export\s+)?([A-Za-z_]{2,40})\s*[=:]\s*(["']?)(.*)\2""")
_SCOPE = re.compile(r"[\w.:/-]+")
_CLIENT_ID = re.compile(r"[0-9]+-[0-9a-z]+\.apps\.googleusercontent\.com|[0-9A-Za-z]{1,19}")
_USER_ID = re.compile(r"[0-9A-Za-z]{1,19}")  # a longer one may be a token, and ids are shown
_YEAR_10000 = 253_402_300_800
# The names of the providers in the files of fitbit-grafana.
GRAFANA_NAMES = {"fitbit": "fitbit", "google-health": "google"}
_EXPECTED = (
    "A token file contains a refresh_token and, preferably, an access_token: the JSON response of "
    "a token endpoint, or the file of python-fitbit, fitbit-grafana or google-auth."
)


class TokenFile(NamedTuple):
    """The content of a token file; ``None`` for what it lacks."""

    provider: str
    refresh: Secret
    access: Secret | None
    client_id: str | None
    client_secret: Secret | None
    expires_at: float | None
    """Unix seconds. A lifetime alone does not give it, unless the file says when it began."""
    scopes: tuple[str, ...]
    user_id: str | None


def parse_token_file(
    text: str, providers: Mapping[str, Provider], wanted: str | None = None
) -> TokenFile:
    """Return the content of a token file; ``wanted`` is the provider's name if that is known.

    :raises UsageError: if something that is needed is missing; no text of the file is repeated.
    """
    fields = _fields(text)
    access = _token_field(fields, "access_token", "token")
    refresh = _token_field(fields, "refresh_token")
    if refresh is None:
        extra = " It has only an access token." if access else ""
        raise UsageError(
            f"The file has no refresh_token, so tokcheck could not refresh the account.{extra}",
            f"{_EXPECTED} To check an access token: tokcheck validate",
        )
    _check_kinds(access, refresh, providers)
    signed = claims.read_claims(access) if access is not None and access.is_signed else None
    provider = _provider_of(fields, access, refresh, providers, wanted)
    claimed = {"client_id": signed.client_id, "user_id": signed.user_id} if signed else {}
    return TokenFile(
        provider=provider,
        refresh=refresh,
        access=access,
        client_id=_matching_field("client_id", _CLIENT_ID, fields, claimed),
        client_secret=_token_field(fields, "client_secret"),
        expires_at=_expiry(fields, signed),
        scopes=_scopes(fields, signed, providers[provider]),
        user_id=_matching_field("user_id", _USER_ID, fields, claimed),
    )


def _fields(text: str) -> dict[str, Any]:
    """Return the fields by lower-case name; they may be in an object inside another."""
    try:
        value = parse_json(text.lstrip("\ufeff"))
    except DocumentError:
        lines = (_LINE.fullmatch(line.strip()) for line in text.splitlines())
        value = {match[1].lower(): match[3] for match in lines if match}
    if isinstance(value, dict) and "refresh_token" not in value:
        outer = {name: field for name, field in value.items() if not isinstance(field, dict)}
        value = outer | _single_token_object(list(value.values())) or value
    elif isinstance(value, list):
        value = _single_token_object(value)
    if not isinstance(value, dict) or not value:
        raise UsageError("This is not a token file.", _EXPECTED)
    return {str(name).lower(): field for name, field in value.items()}


def _single_token_object(values: Sequence[object]) -> dict[str, Any]:
    """Return the only object that holds tokens, or an empty one."""
    inner = [value for value in values if isinstance(value, dict) and "refresh_token" in value]
    if len(inner) > 1:
        raise UsageError(
            f"The file contains the tokens of {len(inner)} accounts.",
            "Import each from a file of its own.",
        )
    return inner[0] if inner else {}


def _token_field(fields: Mapping[str, Any], *names: str) -> Secret | None:
    for name in names:
        value = fields.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str) or not all("!" <= letter <= "~" for letter in value):
            raise UsageError(
                f"The field {name} is not the text of a token.",
                "Create the file again with the program that wrote it, or copy the token again.",
            )
        return Secret(value)
    return None


def _check_kinds(access: Secret | None, refresh: Secret, providers: Mapping[str, Provider]) -> None:
    """Check that neither token is in the other one's field."""
    for secret, name, wrong in (
        (access, "access_token", Kind.REFRESH_TOKEN),
        (refresh, "refresh_token", Kind.ACCESS_TOKEN),
    ):
        if secret is not None and _recognise(secret, providers)[0] is wrong:
            raise UsageError(
                f"The field {name} contains {wrong.words}.",
                "Write each token into the field of its own name.",
            )


def _provider_of(
    fields: Mapping[str, Any],
    access: Secret | None,
    refresh: Secret,
    providers: Mapping[str, Provider],
    wanted: str | None,
) -> str:
    owners = {
        owner
        for secret in (access, refresh)
        if secret is not None and (owner := _recognise(secret, providers)[1]) is not None
    }
    client_id = fields.get("client_id")
    # Only Google's files have these: https://developers.google.com/identity/protocols/oauth2
    googles = isinstance(client_id, str) and client_id.endswith(".apps.googleusercontent.com")
    if googles or fields.get("type") == "authorized_user" or "token_uri" in fields:
        owners.add("google-health")
    if wanted is not None:
        if owners and owners != {wanted}:
            raise UsageError(
                f"The file's tokens belong to {' and '.join(sorted(owners))}, not to {wanted}.",
                "Leave out --provider, or import another file.",
            )
        return wanted
    if not owners:  # a field beside the tokens is less certain than the tokens themselves
        name = fields.get("provider")
        owners = {own for own, theirs in GRAFANA_NAMES.items() if name in (own, theirs)}
    if len(owners) == 1:
        return owners.pop()
    if owners:
        raise UsageError(
            f"The file contains tokens of more than one provider: {' and '.join(sorted(owners))}.",
            "Import each from a file of its own.",
        )
    raise UsageError(
        "The file does not say which provider's tokens these are.",
        f"Pass --provider {' or --provider '.join(providers)}.",
    )


def _recognise(secret: Secret, providers: Mapping[str, Provider]) -> tuple[Kind | None, str | None]:
    # A file of tokens is a provider's: that is why a form counts here that is not its own alone.
    text, finder = secret.reveal(), finder_for(providers)
    for wanted in (None, *providers):
        credential = finder.find(text, wanted).credential
        if credential is not None and credential.kind is not Kind.UNKNOWN:
            return credential.kind, credential.provider
    return None, None


def _matching_field(name: str, form: "re.Pattern[str]", *sources: Mapping[str, Any]) -> str | None:
    values = (source.get(name) for source in sources)
    fit = (value for value in values if isinstance(value, str) and form.fullmatch(value))
    return next(fit, None)


def _expiry(fields: Mapping[str, Any], signed: Claims | None) -> float | None:
    if signed is not None and signed.expires_at is not None:
        return signed.expires_at.timestamp()
    saved, life = _parse_moment(fields.get("saved_at_utc")), parse_seconds(fields.get("expires_in"))
    moments = (
        parse_seconds(fields.get("expires_at")),
        _parse_moment(fields.get("expiry")),
        None if saved is None or life is None else saved + life,
    )
    known = (moment for moment in moments if moment is not None and 0 < moment < _YEAR_10000)
    return next(known, None)


def _parse_moment(value: object) -> float | None:
    """Return a moment in UTC as Unix seconds; older versions of google-auth write it without Z."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _scopes(
    fields: Mapping[str, Any], signed: Claims | None, provider: Provider
) -> tuple[str, ...]:
    """Return the scopes as the provider's token endpoint writes them."""
    value = fields.get("scope") or fields.get("scopes")
    if isinstance(value, list):
        value = " ".join(item for item in value if isinstance(item, str))
    names = _SCOPE.findall(value) if isinstance(value, str) else []
    if not names and signed is not None:
        # A signed token abbreviates them.
        names = [provider.scope(code).name for code in signed.scopes or ()]
    known = (name for name in names[:200] if redact(name) == name)
    return tuple(dict.fromkeys(known))
