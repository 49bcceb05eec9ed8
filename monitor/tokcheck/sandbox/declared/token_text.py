"""The token that a request to a declared API holds."""

from tokcheck.sandbox.http_messages import HttpRequest
from tokcheck.sandbox.state.declared.api_table import ApiTable


def token_text(api: ApiTable, request: HttpRequest) -> str | None:
    """Return the token in the declared header of a request; ``None`` if it holds none."""
    header, scheme = api.credential
    value = request.headers.get(header.lower(), "").strip()
    if not scheme:
        return value or None
    word, _, text = value.partition(" ")
    return text.strip() or None if word.lower() == scheme.lower() else None
