"""Samples from documentation, which look like credentials and are none."""

from tokcheck.core.credential import Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.jwt.whole_token import WholeToken
from tokcheck.scan.detect.published_samples import DIGESTS
from tokcheck.scan.finding import sha256

# The least number of different characters in a real secret of any length, and in hexadecimal.
_LEAST_VARIETY = 12
_LEAST_HEXADECIMAL = 8
_HEXADECIMAL = "0123456789abcdef"
# Words of at least five letters: four occur by chance in one of some thousand tokens.
_WORDS = LazyRegex(
    r"signature|placeholder|example|sample|your_|yourtoken|redacted|token|123456789"
    r"|0123456789abcdef|abcdefghij|xxxxx|dummy|your-|secret"
)
# The subject of the sample on the introduction page that every tutorial shows (https://jwt.io).
_SAMPLE_SUBJECT = "1234567890"


# The beginning of an opaque credential, in front of its random characters.
_PREFIX = LazyRegex(r"GOCSPX-|1//0|4/0A|ya29\.")
# Of so many random characters, one is a capital and one is not.
_SHORTEST_MIXED = 20
# One of a hundred million credentials has so many of one character in a row.
_SAME = LazyRegex(r"(.)\1{7}")
_LOCK_FILE = LazyRegex(
    r"(?i)(?:(?:^|[-./!])lock(?:\.\w+|file)?|[./-]sum|shrinkwrap\.json|\.resolved)\Z"
)
_HASHES = frozenset({Kind.AUTHORIZATION_CODE, Kind.CLIENT_SECRET})
# A label that names a code of OAuth, or one in a query or a form.
_CODE_LABEL = LazyRegex(
    r"(?i)(?:(?:auth\w*|fitbit|grant)[ _-]*code[\s\"'\\:=>]*|[?&#\s\"']code=|code%3D)\Z"
)
# The label of a digest in Base64, as lists of installed files and lock files have it.
_DIGEST_LABEL = LazyRegex(r"(?i:sha-?(1|224|256|384|512))[=:-]\Z")
_LONGEST_LABEL = len("sha-512=")
_DIGEST_BITS = {"1": 160}
_BITS_OF_CHARACTER = 6
_OAUTH = LazyRegex(r"(?i)grant_type|redirect_uri|oauth2|authorization_code|code_verifier|#_=_")


def is_sample(raw: str) -> bool:
    """Return whether an opaque credential is published, or not random.

    It is not if it has too few different characters, many of one in a row, a sample's word, or no
    capital letters.
    """
    folded = raw.lower()
    least = _LEAST_VARIETY if folded.strip(_HEXADECIMAL) else _LEAST_HEXADECIMAL
    return (
        len(set(raw)) < least
        or _SAME.search(raw) is not None
        or _WORDS.search(folded) is not None
        or _has_one_case(raw)
        or _is_published(raw)
    )


def is_plain_hash(kind: Kind, path: str, before: str, behind: str) -> bool:
    """Return whether hexadecimal digits of this kind are no credential for the text around them.

    A lock file is full of them, and behind ``code`` a SHA-1 is one of OAuth only if the label or
    the text says so. ``before`` and ``behind`` are that text.
    """
    if kind in _HASHES and _LOCK_FILE.search(path):
        return True
    return (
        kind is Kind.AUTHORIZATION_CODE
        and _CODE_LABEL.search(before) is None
        and _OAUTH.search(before + behind) is None
    )


def is_labelled_digest(raw: str, data: bytes, at: int) -> bool:
    """Return whether a text is the digest that the label before it names, or a part of that."""
    label = _DIGEST_LABEL.search(data[max(0, at - _LONGEST_LABEL) : at].decode("latin-1"))
    if label is None:
        return False
    bits = _DIGEST_BITS.get(label[1], int(label[1]))
    return len(raw) <= -(-bits // _BITS_OF_CHARACTER)


def _has_one_case(raw: str) -> bool:
    prefix = _PREFIX.match(raw)
    rest = raw[prefix.end() :] if prefix else ""
    return len(rest) >= _SHORTEST_MIXED and rest in {rest.lower(), rest.upper()}


def _is_published(text: str) -> bool:
    return sha256(text.encode("utf-8", "surrogatepass")).hex() in DIGESTS


def is_sample_token(token: WholeToken) -> bool:
    """Return whether a signed token is from documentation, by its signature or its payload."""
    return (
        _is_published(token.raw.split(".")[1])
        or is_sample(token.raw if token.cut else token.signature)
        or token.payload.get("sub") == _SAMPLE_SUBJECT
    )
