"""How the credentials of a declared provider are recognised, read from its table alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from tokcheck.core.credential import Kind, KnownService, ServiceForm
from tokcheck.core.lazy import LazyRegex

Table = Mapping[str, Any]

# The pattern of a token if its declaration has only a prefix, or nothing.
ANY_TOKEN = r"[\w.~+/-]{16,2048}"  # noqa: S105 - a pattern
_USUAL = ("Authorization", "Bearer")


def title_of(table: Table) -> str:
    """Return the name of the API in sentences."""
    title: str = table.get("title") or f"{table['name'].replace('-', ' ').title()} API"
    return title


def names_of(table: Table) -> tuple[str, ...]:
    """Return what names the API in a host, a key or a label."""
    name: str = table["name"]
    # A variable is written with underscores.
    return tuple(table.get("names", dict.fromkeys((name, name.replace("-", "_")))))


def service_of_table(table: Table) -> KnownService:
    """Return how the credentials of a declared provider are recognised."""
    title = title_of(table)
    forms = [_form(each, title) for each in table.get("tokens", ())]
    return KnownService(
        table.get("service") or title.removesuffix(" API"),
        names_of(table),
        _merge_alike(form for form in forms if form.prefix),
        table["name"],
        tuple(form for form in forms if not form.prefix),
        is_signed(table),
        tuple(table.get("credential", {}).get("issuers", ())),
        hosts_of(table),
        _credential_headers(table),
    )


def credential_header(table: Table) -> tuple[str, str]:
    """Return the header that holds a token, and the word before it; empty if there is none."""
    credential = table.get("credential", {})
    header = credential.get("header", _USUAL[0])
    return header, credential.get("scheme", _USUAL[1] if header == _USUAL[0] else "")


def _credential_headers(table: Table) -> tuple[tuple[str, str], ...]:
    """Return the header that holds a token, and the word before it, unless both are the usual."""
    header, scheme = credential_header(table)
    return () if (header, scheme) == _USUAL else ((header.lower(), scheme),)


def _merge_alike(forms: Iterable[ServiceForm]) -> tuple[ServiceForm, ...]:
    """Return forms of which no two have the same prefix and kind.

    A token has one of the declared forms as a whole: the order of these decides nothing.
    """
    merged: dict[tuple[str, Kind], ServiceForm] = {}
    for form in forms:
        key = form.prefix, form.kind
        first = merged.get(key)
        if first is None:
            merged[key] = form
            continue
        rest = _either(first.rest, form.rest)
        whole, alike = _either(first.whole, form.whole), (*(first.alike or (first,)), form)
        merged[key] = first._replace(rest=rest, whole=whole, alike=alike)
    return tuple(merged.values())


def _either(first: str, second: str) -> str:
    """Return an expression for what one of two describes; an empty one describes nothing."""
    both = [_NAMED_GROUP.compiled.sub("(?:", each) for each in (first, second) if each]
    return "|".join(f"(?:{each})" for each in both)


# A name can stand in an expression once.
_NAMED_GROUP = LazyRegex(r"\(\?P<\w+>")


def is_signed(table: Table) -> bool:
    """Return whether the access tokens of a declared provider are signed ones (JWT)."""
    return bool(table.get("credential", {}).get("signed"))


def hosts_of(table: Table) -> tuple[str, ...]:
    """Return the host of a declaration's address, unless it is this computer."""
    # What splits addresses is slow to load.
    host = table.get("address", "").partition("://")[2].split("/")[0].split(":")[0].lower()
    return (host,) if "." in host and host[:4] != "127." else ()


def _form(table: Table, title: str) -> ServiceForm:
    kind = Kind(table.get("kind", "access_token"))
    words = table.get("words") or f"{kind.words} of the {title}"
    return ServiceForm(
        words,
        table.get("prefix", ""),
        table.get("pattern") or ANY_TOKEN,
        kind,
        table.get("whole", ""),
    )
