"""Which limits an error of Google reports as exceeded: their names, windows, owners and numbers.

A unit is written as in ``1/min/{project}/{user}``, a limit's name as in
``RequestsPerMinutePerProjectPerUser`` or ``USER-100s``, and a message has ``limit 'Requests per
day'``:
https://cloud.google.com/service-infrastructure/docs/service-management/reference/rest/v1/services.configs#quotalimit
A ``google.rpc.QuotaFailure`` lists one violation for each limit.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import window_of

if TYPE_CHECKING:
    from tokcheck.providers.api_errors import ApiError

_Owner = Literal["user", "project"]

_LENGTHS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# Each has the number of units, if there is one, and the unit.
_WINDOW_FORMS = (
    LazyRegex(r"(?i)\b[0-9]*/(?P<number>[0-9]{1,6})?(?P<unit>s|min|h|d)\b"),
    LazyRegex(
        r"(?i)per[ _-]?(?P<number>[0-9]{1,6})?[ _-]?"
        r"(?P<unit>second|minute|hour|day|sec(?!r|t|u)|min(?!i|u))"
    ),
    LazyRegex(r"-(?P<number>[0-9]{1,6})(?P<unit>s|min|h|d)\b"),
    LazyRegex(r"(?i)(?P<number>(?!))?\b(?P<unit>d)aily"),
)
_OF_USER = LazyRegex(r"(?i)\{user\}|per[ _-]?user|\buser")
_OF_PROJECT = LazyRegex(r"(?i)\{project\}|per[ _-]?project|\bproject\b")
_LIMIT_IN_MESSAGE = LazyRegex(r"\blimit '([^']{1,100})'")
_NUMBER = LazyRegex(r"[0-9]{1,15}")
# Reasons of older Google services, which name the limit by themselves.
_OLDER_REASONS = {"userRateLimitExceeded": "per user", "dailyLimitExceeded": "per day"}


class NamedLimit(NamedTuple):
    """A limit that a response names; a field is ``None`` if the response does not show it."""

    name: str = ""
    seconds: int | None = None
    """The length of its window."""
    owner: _Owner | None = None
    value: int | None = None

    @property
    def window(self) -> str | None:
        """The window's name in a report."""
        return window_of(self.seconds) if self.seconds else None

    @property
    def window_words(self) -> str:
        """The window as in *1000 requests per day*; empty if it is not known."""
        if self.window is None:
            return ""
        if self.seconds == 1:
            return "second"
        return f"{self.seconds} seconds" if self.window.endswith("s") else self.window

    @property
    def clause(self) -> str:
        """A clause that names the limit; empty if the response names none."""
        name = f" ({self.name})" if self.name else ""
        words = self.window_words
        if not words and self.owner is None and self.value is None:
            return f"the exceeded limit is {self.name}" if self.name else ""
        owners = {"user": "the user's limit", "project": "its project's limit", None: "the limit"}
        window = f" per {words}" if words else ""
        if self.value == 0:
            return f"{owners[self.owner]}{name} is 0 requests{window}"
        number = "" if self.value is None else f" of {self.value} requests"
        return f"{owners[self.owner]}{number}{window}{name} is exceeded"


def read_limits(error: "ApiError") -> Sequence[NamedLimit]:
    """Return the exceeded limits, each once; the one with the longest window first.

    Waiting for the end of a shorter window does not help while a longer one is used up.
    """
    details = error.details
    match = _LIMIT_IN_MESSAGE.search(error.message or "")
    in_message = match.group(1) if match else ""
    found = [
        _read_limit(
            details.get("quota_limit") or in_message,
            details.get("quota_limit_value", ""),
            # The unit is exact, a name is a convention.
            details.get("quota_unit", ""),
            details.get("quota_limit", ""),
            in_message,
            _OLDER_REASONS.get(error.type or "", ""),
        ),
        *(
            _read_limit(
                violation.get("quotaId") or "",
                violation.get("quotaValue", ""),
                violation.get("quotaId", ""),
                violation.get("description", ""),
                violation.get("subject", "").partition(":")[0],
            )
            for violation in error.violations
        ),
    ]
    by_name: dict[str, NamedLimit] = {}
    for limit in found:
        if limit == NamedLimit():
            continue
        key = "".join(filter(str.isalnum, limit.name)).lower()  # a message writes it with blanks
        known = by_name.get(key, limit)
        by_name[key] = NamedLimit(
            min(known.name, limit.name, key=lambda name: name.count(" ")),
            known.seconds if known.seconds is not None else limit.seconds,
            known.owner or limit.owner,
            known.value if known.value is not None else limit.value,
        )
    if len(by_name) > 1:  # an unnamed one is another description of a named one
        by_name.pop("", None)
    return sorted(by_name.values(), key=lambda limit: -(limit.seconds or 0))


def _read_limit(name: str, value: str, *signs: str) -> NamedLimit:
    # The first sign is the most exact one.
    owners = (_owner_of(sign) for sign in signs)
    owner = next((each for each in owners if each is not None), None)
    seconds = next(filter(None, map(_window_seconds, signs)), None)
    return NamedLimit(name, seconds, owner, int(value) if _NUMBER.fullmatch(value) else None)


def _owner_of(sign: str) -> _Owner | None:
    if _OF_USER.search(sign):
        return "user"
    return "project" if _OF_PROJECT.search(sign) else None


def _window_seconds(sign: str) -> int | None:
    for form in _WINDOW_FORMS:
        if match := form.search(sign):
            return int(match["number"] or 1) * _LENGTHS[match["unit"][0].lower()] or None
    return None
