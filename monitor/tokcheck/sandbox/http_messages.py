"""HTTP requests and responses as plain values, so that no handler needs a server."""

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request; its ``repr`` shows only the method, because all other fields may hold a token."""

    method: str
    path: str = field(repr=False)
    query: str = field(default="", repr=False)
    """The raw text after the question mark."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Values by lower-case name."""
    body: bytes = field(default=b"", repr=False)

    @property
    def authorization(self) -> str | None:
        """The Authorization header without surrounding blanks; ``None`` if there is none."""
        value = self.headers.get("authorization")
        return None if value is None else value.strip()

    @property
    def bearer(self) -> str | None:
        """The token of a Bearer Authorization header; ``None`` if there is none."""
        scheme, _, token = (self.authorization or "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    @property
    def basic(self) -> tuple[str, str] | None:
        """User name and password of a Basic Authorization header; ``None`` if it has none.

        An OAuth client's id and secret are form-encoded in it:
        https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
        """
        scheme, _, credentials = (self.authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            decoded = b64decode(credentials.strip(), validate=True).decode()
        except ValueError:
            return None
        name, colon, password = decoded.partition(":")
        return (unquote_plus(name), unquote_plus(password)) if colon else None

    @property
    def params(self) -> dict[str, str]:
        """The query parameters; the last value of a repeated name."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form; the last value of a repeated name, none if it is unreadable."""
        return dict(self.form_pairs)

    @property
    def json(self) -> object:
        """The body as JSON; ``None`` if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def fields(self) -> dict[str, str]:
        """The query parameters and the form fields; those of the form take precedence."""
        return {**self.params, **self.form}

    @property
    def origin(self) -> str:
        """The address that the client used, such as ``http://127.0.0.1:19151``."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"

    @property
    def form_pairs(self) -> tuple[tuple[str, str], ...]:
        """The fields of a form, with every value of a repeated name."""
        try:
            return tuple(parse_qsl(self.body.decode(), keep_blank_values=True))
        except ValueError:
            return ()


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response; the names of headers keep their letter case."""

    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    declared_length: int | None = None
    """Content-Length in place of the body's length; a longer one truncates the response."""
    delayed: bool = False
    """The server waits before it sends anything."""
    dropped: bool = False
    """The server closes the connection and sends nothing."""
    refresh_token: str = field(default="", repr=False)
    """The refresh token of a refresh; it stays in progress while the response is delayed."""


def encode_json(value: object, *, indent: int | None = None) -> bytes:
    """Return ``value`` as JSON in UTF-8."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    # A token can hold a lone surrogate, which has no UTF-8.
    return text.encode("utf-8", "backslashreplace")


def json_response(
    status: int, value: object, headers: Iterable[tuple[str, str]] = ()
) -> HttpResponse:
    """Return a response with a compact JSON body."""
    return HttpResponse(status, (("Content-Type", JSON), *headers), encode_json(value))


def indented_json(value: object) -> HttpResponse:
    """Return a response with an indented JSON body, as Google's are."""
    return HttpResponse(200, (("Content-Type", JSON),), encode_json(value, indent=2))


def html_page(title: str, text: str) -> bytes:
    """Return a small HTML page, as a front end sends in place of the API."""
    return (
        f"<!DOCTYPE html>\n<html lang=en>\n<head><title>{title}</title></head>\n"
        f"<body><h1>{title}</h1><p>{text}</p></body>\n</html>\n"
    ).encode()
