"""Find the grants and the applications in the values of token files, at any depth. Pure.

A grant is a mapping with a refresh token. Missing fields may stand in a mapping around it, as
``rclone`` has it, or in one of an application, as Home Assistant has it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tokcheck.accounts.token_files.fields import (
    NO_GROUP,
    Fields,
    Group,
    group_fields,
    join_groups,
)
from tokcheck.accounts.token_files.notations.text_forms import decode_values, expand_text
from tokcheck.core.redact import looks_secret, plain

_DEEPEST = 48
MOST_ENTRIES = 1000
# The fields that an account inherits from the mappings around it.
_INHERITED = (
    "client_id", "client_secret", "provider", "token_uri", "type", "user_id", "auth_implementation",
    "domain", "title", "name", "user", "email",
)  # fmt: skip
# Names of mappings that say nothing about the grant in them.
_GENERIC = frozenset(
    {"token", "tokens", "data", "credential", "credentials", "oauth", "oauth2", "entries", "items",
     "accounts", "users", "auth", "value", "config", "settings", "login parameters", "default",
     "root", "response", "body", "result", "file", "installed", "web"}
)  # fmt: skip
_TITLES = ("title", "name", "user", "email", "user_id", "domain")
_LONGEST_LABEL = 40
# Fields with values that name a service.
_SERVICE_FIELDS = ("provider", "domain", "auth_implementation", "type", "token_uri")


class Entry(NamedTuple):
    """A grant in a file: its label for people, and its fields by our names."""

    label: str
    fields: Fields
    names: tuple[str, ...] = ()
    """Names that may be its service's, the nearest first: of fields, keys and sections."""
    source: Mapping[str, Any] = {}
    """The mapping that it stands in."""
    labels: tuple[str, ...] = ()
    """The names that can be its label, the best first."""


class Findings(NamedTuple):
    """The grants in some values, and the applications that stand by themselves."""

    entries: tuple[Entry, ...]
    clients: tuple[Fields, ...]


def find_entries(values: Iterable[Any]) -> Findings:
    """Return the grants and applications in some values; each refresh token counts once.

    An application has the names of its service in the field ``names``.
    """
    entries: dict[str, Entry] = {}
    clients: dict[str, Fields] = {}
    for found in _walk(list(values), (), {}, 0):
        token = found.fields.get("refresh_token")
        if token is not None:
            known = entries.get(str(token))
            if known is not None:
                entries[str(token)] = known._replace(fields=found.fields | known.fields)
            elif len(entries) <= MOST_ENTRIES:
                entries[str(token)] = found
        elif isinstance(found.fields.get("client_id"), str) and len(clients) <= MOST_ENTRIES:
            clients.setdefault(found.fields["client_id"], found.fields | {"names": found.names})
    return Findings(tuple(_with_unique_labels(entries.values())), tuple(clients.values()))


def choose_application(fields: Fields, clients: Sequence[Fields], issued_to: str | None) -> Fields:
    """Return the fields of a grant with those of its application, if that is certain.

    It is the one that the token was issued to, that the grant names, or the only one.
    """
    if "client_id" in fields:
        named = [one for one in clients if one["client_id"] == fields["client_id"]]
    else:
        implementation = fields.get("auth_implementation")
        named = (
            [one for one in clients if issued_to is not None and one["client_id"] == issued_to]
            or [
                one
                for one in clients
                if implementation is not None
                and implementation in (one.get("id"), one.get("auth_domain"))
            ]
            or [one for one in clients if one.get("domain", "") == fields.get("domain")]
            or list(clients)
        )
        if issued_to is not None:
            named = [one for one in named if one["client_id"] == issued_to] or named
    if len(named) != 1:
        return fields
    found = {name: named[0][name] for name in ("client_id", "client_secret") if name in named[0]}
    return found | fields


def _walk(
    value: object, path: tuple[str | int, ...], outer: Mapping[str, Any], depth: int
) -> Iterator[Entry]:
    """Yield the grants and applications in a value; those without a refresh token are the latter.

    ``outer`` are the fields of the mappings around it.
    """
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from _walk(expand_text(value), path, outer, depth + 1)
    elif isinstance(value, list | tuple):
        yield from _walk(_pairs_of(value), path, outer, depth + 1)
        for number, item in enumerate(value, 1):
            yield from _walk(item, (*path, number), outer, depth + 1)
    elif isinstance(value, dict):
        value = decode_values(value)
        groups = group_fields(value)
        yield from _entries_of(groups, path, outer, value)
        around = {**outer, **groups.get(NO_GROUP, {})}
        around = {name: around[name] for name in _INHERITED if name in around}
        for key, inner in value.items():
            yield from _walk(inner, (*path, str(key)), around, depth + 1)


def _pairs_of(items: Sequence[Any]) -> dict[str, Any] | None:
    """Return a list of names with values as a mapping: variables of a container, parameters."""
    pairs: dict[str, Any] = {}
    for item in items:
        if isinstance(item, str):
            name, sign, value = item.partition("=")
            if sign:
                pairs[name.strip()] = value
        elif isinstance(item, dict):
            lower = {str(key).lower(): inner for key, inner in item.items()}
            key = lower.get("name", lower.get("key", lower.get("k")))
            inner = lower.get("value", lower.get("v"))
            if isinstance(key, str) and isinstance(inner, str):
                pairs[key] = inner
    return pairs or None


def _entries_of(
    groups: Mapping[Group, Fields],
    path: Sequence[str | int],
    outer: Mapping[str, Any],
    source: Mapping[str, Any],
) -> Iterator[Entry]:
    for group, fields in join_groups(groups).items():
        names = _service_names(group, path, fields, outer)
        labels = _labels(group, path, fields, outer)
        yield Entry(next(iter(labels), ""), {**outer, **fields}, names, source, labels)
    for group, fields in groups.items():
        if "client_id" in fields and "refresh_token" not in fields:
            names = _service_names(group, path, fields, outer)
            yield Entry(next(iter(_labels(group, path, fields, outer)), ""), fields, names)


def _service_names(
    group: Group, path: Sequence[str | int], fields: Fields, outer: Mapping[str, Any]
) -> tuple[str, ...]:
    names: list[object] = [f"{group.prefix}_{group.suffix}"]
    names += [fields.get(name) for name in _SERVICE_FIELDS]
    names += reversed(path)
    names += [outer.get(name) for name in _SERVICE_FIELDS]
    return tuple(name for name in names if isinstance(name, str) and name.strip("_"))


def _labels(
    group: Group, path: Sequence[str | int], fields: Fields, outer: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the names of a grant in its file that can be shown, the best first."""
    names: list[object] = [group.suffix, group.prefix]
    names += [fields.get(name) for name in _TITLES[:-2]]
    named = [part for part in path if not _is_generic(part)]
    names += [named[-1] if named and isinstance(named[-1], str) else None]
    names += [outer.get(name) for name in _TITLES]
    names += [fields.get(name) for name in (*_TITLES, "provider")]
    return tuple(dict.fromkeys(filter(None, map(_printable_label, names))))


def _is_generic(part: str | int) -> bool:
    return isinstance(part, str) and part.strip().lower() in _GENERIC


def _printable_label(name: object) -> str:
    if not isinstance(name, str) or not name or looks_secret(name):
        return ""
    return plain(name, longest=_LONGEST_LABEL)


def _with_unique_labels(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the grants with a label each; one without gets its number.

    A name that several grants have, such as the service's, does not tell them apart.
    """
    entries = tuple(entries)
    shared = Counter(label for entry in entries for label in {entry.label, *entry.labels})
    used: set[str] = set()
    for number, entry in enumerate(entries, 1):
        label = entry.label or str(number)
        if shared[label] > 1:
            label = next((each for each in entry.labels if shared[each] == 1), label)
        if label in used:
            label = f"{label}-{number}"
        used.add(label)
        yield entry._replace(label=label)
