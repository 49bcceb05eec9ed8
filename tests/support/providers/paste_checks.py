"""Short calls for the tests of the paste room."""

from tests.support.tokens import NOW
from tokcheck.checks import Conclusion, without_token
from tokcheck.core.credential import Kind
from tokcheck.paste.finder.paste_content import Paste
from tokcheck.providers import FINDER, REGISTRY


def read(text: str, provider: str | None = None) -> Paste:
    """Read a paste with all providers' forms."""
    return FINDER.find(text, provider)


def sendable_token(text: str) -> str | None:
    """Return the access token that would be tried, as it would be sent."""
    result = read(text)
    credential = result.credential
    if credential is None or credential.flaw is not None:
        return None
    if credential.kind is not Kind.ACCESS_TOKEN or credential.provider is None:
        return None
    return credential.secret.reveal()


def conclusion(text: str) -> Conclusion:
    """Return the conclusion from a paste that holds no access token to be tried."""
    result = read(text)
    provider = REGISTRY.get((result.credential and result.credential.provider) or "")
    found = without_token.conclude_from_paste(result, provider.instead if provider else {}, NOW)
    assert found is not None, "it would be tried"
    return found


def hard_wrap(text: str, width: int, newline: str = "\n") -> str:
    """Break a text hard at a width, as a terminal or a mail program does."""
    lines = [
        line[at : at + width] for line in text.split("\n") for at in range(0, len(line) or 1, width)
    ]
    return newline.join(lines)
