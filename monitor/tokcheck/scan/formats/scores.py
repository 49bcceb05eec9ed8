"""How severe a leaked credential of a kind is, and what its rule says."""

from tokcheck.core.credential import Kind

# As CVSS scores, which code scanning sorts by: 9.0 and more is critical, 7.0 high, 4.0 medium.
# https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
_SCORES = {
    Kind.CLIENT_SECRET: 9.3,
    Kind.REFRESH_TOKEN: 9.3,
    Kind.BASIC_CREDENTIALS: 9.3,
    Kind.ACCESS_TOKEN: 8.5,
    Kind.API_KEY: 8.5,
    Kind.AUTHORIZATION_CODE: 5.5,
    Kind.ID_TOKEN: 5.5,
    Kind.CLIENT_ID: 2.0,
}
_SCORE_OF_OTHERS = 7.5
_HELP = {
    Kind.ACCESS_TOKEN: "It gives access to the data of the user who granted it, until it expires. "
    "Revoke it with its provider: removing it from the file is not enough, since the history of "
    "the repository and every copy keep it.",
    Kind.REFRESH_TOKEN: "It yields new access tokens, long after the present one has expired. "
    "Revoke the grant with the provider and log in again.",
    Kind.AUTHORIZATION_CODE: "It can be exchanged for tokens once, within minutes. If it was "
    "not used, let it expire; if it was, revoke the tokens that it was exchanged for.",
    Kind.CLIENT_SECRET: "It authenticates the application to the provider. Create a new one on the "
    "page where the application is registered, and delete this one.",
    Kind.API_KEY: "It gives access to a service in its owner's name, or on a project's quota. "
    "Create a new one where it was issued, and delete this one.",
    Kind.BASIC_CREDENTIALS: "It is a client id and a client secret in Base64, which anyone can "
    "decode. Create a new secret where the application is registered.",
}
_HELP_OF_OTHERS = (
    "It grants the rights of its owner. Revoke it where it was issued, and keep "
    "the new one out of files."
)


def score(kind: Kind) -> float:
    """Return the severity of a kind, from 0 to 10."""
    return _SCORES.get(kind, _SCORE_OF_OTHERS)


def help_text(kind: Kind) -> str:
    """Explain what a credential of this kind gives access to, with advice."""
    return _HELP.get(kind, _HELP_OF_OTHERS)
