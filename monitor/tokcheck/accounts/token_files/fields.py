"""The names that programs give to the fields of a grant. Pure.

``refresh_token``, ``refreshToken``, ``FITBIT_REFRESH_TOKEN`` and ``refresh_token_2`` are the same
field, of different groups: what stands before or behind the name separates several grants.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

_LONGEST_NAME = 100
# For one text.
MOST_FIELDS = 4096
# Shorter texts are no token where only a part of a name says that one is meant.
_SHORTEST_TOKEN = 20
# Our name of a field, and those that programs write, in snake case.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "refresh_expires_at": (
        "refresh_token_expires_at", "refresh_expires_at", "refresh_token_expiry",
        "refresh_token_expiry_date", "refresh_token_expiration", "refresh_expiry",
        "refresh_token_expires",
    ),
    "refresh_expires_in": ("refresh_token_expires_in", "refresh_expires_in"),
    "refresh_token": ("refresh_token", "refreshtoken"),
    "expires_at": (
        "access_token_expires_at", "token_expires_at", "expires_at", "expiry_date", "token_expiry",
        "access_token_expiry", "expiry", "expiration", "expiration_date", "expiration_time",
        "expires_on", "expires", "access_token_expires", "token_expires",
    ),
    "expires_in": ("access_token_expires_in", "token_expires_in", "expires_in", "expiresin"),
    "access_token": ("access_token", "accesstoken", "token"),
    "client_id": ("client_id", "clientid", "oauth_client_id"),
    "client_secret": ("client_secret", "clientsecret", "oauth_client_secret"),
    "user_id": ("user_id", "userid", "athlete_id", "x_user_id"),
    "scope": ("scope", "scopes"),
    "provider": ("provider",),
    "token_uri": ("token_uri",),
    "saved_at": ("saved_at_utc", "saved_at", "obtained_at", "created_at", "issued_at"),
}  # fmt: skip
# Only as the whole name: with more before it, these mean something else.
_WHOLE = {
    "access": "access_token", "refresh": "refresh_token", "type": "type", "timestamp": "saved_at",
    "created": "saved_at", "c_key": "client_id", "c_secret": "client_secret",
    "auth_implementation": "auth_implementation", "auth_domain": "auth_domain", "domain": "domain",
    "id": "id", "name": "name", "title": "title", "email": "email", "user": "user",
    "username": "user", "user_name": "user", "owner": "user", "login": "user", "label": "user",
}  # fmt: skip
_ACCESS = re.compile(r"(?i)access")
_IDS = frozenset({"client_id", "user_id"})
_SUFFIXED = frozenset({"refresh_token", "access_token", "client_id", "client_secret", "user_id"})
_OURS = {written: ours for ours, names in _NAMES.items() for written in names}
_NOTHING = frozenset({"", "null", "none", "nil", "~", "undefined"})
_MOST_GROUPS = 64


class Group(NamedTuple):
    """The prefix and the suffix of the names of the fields of one grant."""

    prefix: str
    suffix: str


NO_GROUP = Group("", "")
Fields = dict[str, Any]


def group_fields(mapping: Mapping[Any, Any]) -> dict[Group, Fields]:
    """Return the fields of a mapping by our names, in groups; what is empty is left out."""
    groups: dict[Group, Fields] = {}
    vague: set[Group] = set()
    for written, value in mapping.items():
        if is_nothing(value) or isinstance(value, dict):
            continue
        found = _name_of(written) if isinstance(written, str) else None
        if found is None:
            continue
        group, name, sure = found
        if (not sure and not _may_be_token(value)) or (
            isinstance(value, list | tuple) and name != "scope"
        ):
            continue
        if name in _IDS and type(value) is int:
            value = str(value)  # noqa: PLW2901 - as Strava and others number theirs
        fields = groups.setdefault(group, {})
        if name == "access_token":  # a token may be anything, such as an object of a program
            if _ACCESS.search(written) is None and name not in fields:
                vague.add(group)
            elif group in vague and _ACCESS.search(written) is not None:
                del fields[name]
                vague.remove(group)
        fields.setdefault(name, value)
    return groups


def join_groups(groups: Mapping[Group, Fields]) -> dict[Group, Fields]:
    """Return the groups with a refresh token, and what others have of the same grant.

    ``ALEX_FITBIT_REFRESH_TOKEN`` belongs to ``FITBIT_CLIENT_ID``, and to ``CLIENT_ID``.
    """
    others = [item for item in groups.items() if "refresh_token" not in item[1]][:_MOST_GROUPS]
    joined = {}
    for group, fields in groups.items():
        if "refresh_token" in fields:
            for other, more in others:
                if not other.suffix and _belongs(group.prefix, other.prefix):
                    fields = more | fields  # noqa: PLW2901 - what is nearer counts
            joined[group] = fields
    return joined


def group_pairs(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """Return names with values as mappings; a repeated name begins a new one."""
    values: list[dict[str, str]] = [{}]
    for name, value in pairs:
        if name in values[-1]:
            values.append({})
        values[-1][name] = value
    return list(values)


def our_name(written: str) -> str | None:
    """Return our name of a field; ``None`` for a name that is no field's."""
    found = _name_of(written)
    return found[1] if found is not None else None


def written_names() -> tuple[str, ...]:
    """Return the names of several words that programs write, in snake case, the longest first."""
    several = (name for name in _OURS if "_" in name)
    return tuple(sorted(several, key=len, reverse=True))


def is_nothing(value: object) -> bool:
    """Return whether a value stands for none."""
    return value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING)


def _belongs(prefix: str, other: str) -> bool:
    return (
        not other
        or prefix == other
        or prefix.endswith(f"_{other}")
        or prefix.startswith(f"{other}_")
    )


def _may_be_token(value: object) -> bool:
    return isinstance(value, str) and len(value) >= _SHORTEST_TOKEN and "://" not in value


def _name_of(written: str) -> tuple[Group, str, bool] | None:
    """Return the group of a name, our name, and whether that is sure without the value."""
    if len(written) > _LONGEST_NAME:
        return None
    name = _snake_case(written)
    if name in _WHOLE:
        ours = _WHOLE[name]
        return NO_GROUP, ours, ours not in {"access_token", "refresh_token"}
    match = _pattern().fullmatch(name)
    if match is None:
        return None
    ours = _OURS[match["name"]]
    prefix, suffix = match["prefix"] or "", match["suffix"] or ""
    if suffix and ours not in _SUFFIXED:
        return None
    return Group(prefix, suffix), ours, not suffix or ours not in {"access_token", "refresh_token"}


def _snake_case(name: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


@lru_cache(maxsize=1)
def _pattern() -> "re.Pattern[str]":
    names = "|".join(sorted(_OURS, key=len, reverse=True))
    return re.compile(rf"(?:(?P<prefix>.+?)_)??(?P<name>{names})(?:_(?P<suffix>.+))?")
