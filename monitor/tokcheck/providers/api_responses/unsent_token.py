"""Recognize the errors of requests that carried no token: its variable was empty or not set."""

from tokcheck.core.lazy import LazyRegex

# Fitbit repeats the header that it received, between these words and the next ones.
_RECEIVED = LazyRegex(
    r"(?i)received (?:authorization )?header ?= ?([^,\n]{0,200}?)(?:\.? ?visit\b|,|\.?\s*\Z)"
)
# The words that programs write in the place of a missing value.
_NOTHING = (
    r"(?i:undefined|null|none|nil|nan|\(null\))|\[object \w{1,40}\]|\{\{?[^{}\n]{0,80}\}\}?"
    r"|\$\{?\w{1,60}\}?|\$\([^()\n]{0,60}\)|%\w{1,60}%|<[\w -]{1,60}>"
)
_NO_VALUE = LazyRegex(rf"(?i:bearer\b)?[\s:]{{0,4}}[\"']{{0,2}}(?:{_NOTHING})?[\"']{{0,2}}")
_SAYS_NONE = (
    "authorization header required",
    "missing required authentication credential",
    "doesn't allow unregistered callers",
)
# Not that of a challenge: WWW-Authenticate.
_SENT = LazyRegex(
    r"(?i)(?<![\w-])authorization[\"']?\s{0,2}[:=]\s{0,2}[\"'\\]{0,3}bearer(?:[ \t]{0,4}|[ \t]{1,4}"
    r"(?:(?:undefined|null|none|nil|nan)(?![\w.])|\(null\)|\[object \w{1,40}\]))"
    r"(?=\\?[\"'\r\n,})\]]|\\[rn]|\Z)"
)


def received_no_token(message: str) -> bool:
    """Return whether an API says that a request carried no token."""
    words = message.lower()
    if any(each in words for each in _SAYS_NONE):
        return True
    match = _RECEIVED.search(message)
    return match is not None and _NO_VALUE.fullmatch(match.group(1).strip()) is not None


def repeats_header(message: str) -> bool:
    """Return whether an API repeats the header that it received, which was to have a token."""
    match = _RECEIVED.search(message)
    received = match.group(1).strip().lower() if match else ""
    return match is not None and (received.startswith("bearer") or received_no_token(message))


def sends_no_token(text: str) -> bool:
    """Return whether a text shows a request header without a token behind ``Bearer``."""
    return _SENT.search(text) is not None
