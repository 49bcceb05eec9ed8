"""Values beside a label, which may be credentials of a provider that the text around them names."""

import re

from tokcheck.core.credential import Kind, KnownService, ServiceForm
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.scan.detect.hit import Budget
from tokcheck.scan.detect.labelled.declared_token import DeclaredToken, read_value
from tokcheck.scan.detect.sample_tokens import is_sample

VALUE = LazyRegex(
    r"(?:(?:=>|[:=])\s{0,8}\(?\s{0,8}(?:[bfrBFR]{0,2}[\"'`])?|,\s{0,8}[\"'`]|(?<=>))"
    r"(?:(?i:bearer|token)\s{1,4}(?:[\"'] ?[+.,] ?[\"'])?)?"
    r"([\w.~+/-]{16,2048}+={0,2})(?![\w.~+/=-])"
)
_LABEL = LazyRegex(r"([A-Za-z][\w.-]{0,60}+)[\"'\]\s]{0,8}\Z")
LABEL_LENGTH = 70
# A label that is the name of a value of its own, and one in an element in front of the value's.
_PAIR = LazyRegex(
    r"(?i:name|key)[\"']?\s{0,4}[:=]\s{0,4}[\"']?([A-Za-z][\w.-]{0,60}+)[\"']?,?\s{0,40}"
    r"[\"']?(?i:value)[\"']?\s{0,4}\Z"
)
_ELEMENT = LazyRegex(
    r"<(?:key>|t[dh]>)?([A-Za-z][\w.-]{0,60}+)(?:</(?:key|t[dh])>\s{0,40}<(?:string|td)>|>)\Z"
)
_FAR_LABEL_LENGTH = 160
# Words in the label of a credential, and words in other labels.
_CREDENTIAL = LazyRegex(r"(?i)token|secret|bearer|authorization|api[_-]?key")
_OTHER = LazyRegex(
    r"(?i)id[_-]?token|hash|sha|digest|checksum|commit|public|file|path|url|uri|type"
)
_PATH = LazyRegex(r"\.{0,2}/|~|[\w.-]*/[\w./-]*\.\w{1,5}\Z")
_DIGIT, _LETTER = LazyRegex(r"[0-9]"), LazyRegex(r"[A-Za-z]")


def label_before(text: str, at: int) -> str:
    """Return the label of the value at a place; empty if it has none."""
    far = text[max(0, at - _FAR_LABEL_LENGTH) : at]
    if far.endswith(">"):
        found = _ELEMENT.search(far)
    else:
        found = _LABEL.search(far[-LABEL_LENGTH:])
        if found is not None and found[1].lower() == "value":
            found = _PAIR.search(far) or found
    return "" if found is None else found[1]


def is_plausible(label: str, raw: str) -> bool:
    """Return whether a label and its value look like those of a credential."""
    return (
        _CREDENTIAL.search(label) is not None
        and _OTHER.search(label) is None
        and _DIGIT.search(raw) is not None
        and _LETTER.search(raw) is not None
        and _PATH.match(raw) is None
        and not is_sample(raw)
    )


def form_of(
    service: KnownService | None, text: str, match: re.Match[str], budget: Budget
) -> tuple[ServiceForm | None, DeclaredToken | None]:
    """Return the form of a value with the whole of it, which may continue behind a joint."""
    length = len(match[1].rstrip("."))
    for form in service.bare if service is not None else ():
        token = read_value(text, match.start(1), form, budget)
        is_whole = token is not None and compile_cached(form.rest).fullmatch(token.raw)
        if token is not None and is_whole and len(token.raw) >= length:
            return form, token
    return None, None


def kind_of(label: str, form: ServiceForm) -> Kind:
    """Return the kind that a label names; the tokens of such providers look alike."""
    folded = label.lower()
    if "refresh" in folded:
        return Kind.REFRESH_TOKEN
    return Kind.CLIENT_SECRET if "secret" in folded else form.kind
