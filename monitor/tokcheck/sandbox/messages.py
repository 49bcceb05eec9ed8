"""One request and one answer as plain values, so that the stand-in's rules need no server."""

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; its ``repr`` shows the method alone, for everything else may hold a token.

    ``headers`` has lower-case names; ``query`` is the raw text behind the question mark.
    """

    method: str
    path: str = field(repr=False)
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def authorization(self) -> str | None:
        """The Authorization header without surrounding blanks; ``None`` if there is none."""
        value = self.headers.get("authorization")
        return None if value is None else value.strip()

    @property
    def bearer(self) -> str | None:
        """The text behind ``Bearer``, in any letter case; ``None`` if that is not there."""
        scheme, _, token = (self.authorization or "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    @property
    def basic(self) -> tuple[str, str] | None:
        """User name and password of a Basic Authorization header; ``None`` without a good one.

        An OAuth client's id and secret stand there as in a form:
        https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
        """
        scheme, _, encoded = (self.authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            decoded = b64decode(encoded.strip(), validate=True).decode()
        except ValueError:
            return None
        name, colon, password = decoded.partition(":")
        return (unquote_plus(name), unquote_plus(password)) if colon else None

    @property
    def params(self) -> dict[str, str]:
        """The query parameters; of a repeated name the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a urlencoded body; of a repeated name the last, none if unreadable."""
        return dict(self.pairs)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The same with every value of a repeated name."""
        try:
            return tuple(parse_qsl(self.body.decode(), keep_blank_values=True))
        except ValueError:
            return ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: header names keep their letter case.

    ``declared_length`` overrides Content-Length in bytes (a longer one than the body makes a
    truncated answer); ``slow`` asks the server to wait before it sends anything, and ``lost`` to
    cut the connection instead. ``holds`` is the refresh token whose answer this is.
    """

    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    declared_length: int | None = None
    slow: bool = False
    lost: bool = False
    holds: str = field(default="", repr=False)


def encoded(value: object, *, indent: int | None = None) -> bytes:
    """Return ``value`` as JSON in UTF-8."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    # A lone surrogate, which a client can send in a token, has no UTF-8.
    return text.encode("utf-8", "backslashreplace")


def json_answer(status: int, value: object, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """Return an answer with a compact JSON body."""
    return Answer(status, (("Content-Type", JSON), *headers), encoded(value))


def page(title: str, text: str) -> bytes:
    """Return a small HTML page, as front ends send when they answer for the API."""
    return (
        f"<!DOCTYPE html>\n<html lang=en>\n<head><title>{title}</title></head>\n"
        f"<body><h1>{title}</h1><p>{text}</p></body>\n</html>\n"
    ).encode()
