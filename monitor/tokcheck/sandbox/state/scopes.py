"""OAuth scopes of both providers: names, Fitbit's short codes and Google's URLs."""

from collections.abc import Iterable
from typing import Literal

from tokcheck.core.errors import UsageError

AccessMode = Literal["read", "read-write"]

# Names and codes were matched by comparing redirects; no official table is known.
FITBIT_SCOPE_CODES = {
    "activity": "act",
    "cardio_fitness": "cf",
    "electrocardiogram": "ecg",
    "heartrate": "hr",
    "irregular_rhythm_notifications": "irn",
    "location": "loc",
    "nutrition": "nut",
    "oxygen_saturation": "oxy",
    "profile": "pro",
    "respiratory_rate": "res",
    "settings": "set",
    "sleep": "sle",
    "social": "soc",
    "temperature": "tem",
    "weight": "wei",
}

HEALTH_SCOPE = "https://www.googleapis.com/auth/googlehealth."
# https://developers.google.com/health/scopes: which names may be written as well as read.
GOOGLE_WRITABLE = {
    "activity_and_fitness": True,
    "ecg": False,
    "health_metrics_and_measurements": True,
    "irn": False,
    "location": False,
    "nutrition": True,
    "profile": True,
    "settings": True,
    "sleep": True,
}
_USERINFO = "https://www.googleapis.com/auth/userinfo."
SIGN_IN = {"openid": "openid", "email": f"{_USERINFO}email"}
USERINFO_PROFILE = f"{_USERINFO}profile"


def fitbit_scope_codes(names: Iterable[str], access: AccessMode) -> tuple[str, ...]:
    """Return the short codes of ``names``: all begin with ``r``, or all with ``w``.

    The access mode is a setting of the application and holds for every scope:
    https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/

    Raises :class:`UsageError` for a name that Fitbit does not have.
    """
    letter = _access_letter(access)
    codes: list[str] = []
    for name in _all_if_wanted(names, FITBIT_SCOPE_CODES):
        if name not in FITBIT_SCOPE_CODES:
            raise UsageError(
                f"Fitbit has no scope named {name!r}.",
                f"Choose among: {', '.join(FITBIT_SCOPE_CODES)}.",
            )
        codes.append(letter + FITBIT_SCOPE_CODES[name])
    return tuple(codes)


def google_scope_urls(names: Iterable[str], access: AccessMode) -> tuple[str, ...]:
    """Return the full scope URLs of ``names``, as ``login`` takes them; a full URL stays as it is.

    Reading and writing are separate scopes since 2026-05-26, so ``read-write`` returns two for
    each name that has both: https://developers.google.com/health/release-notes

    Raises :class:`UsageError` for a short name that Google Health does not have.
    """
    _access_letter(access)
    urls: list[str] = []
    for written in _all_if_wanted(names, GOOGLE_WRITABLE):
        name = written.removeprefix("googlehealth.")
        stem, _, mode = name.rpartition(".")
        if name.startswith("https://"):
            urls.append(name)
        elif stem in GOOGLE_WRITABLE and (
            mode == "readonly" or (mode == "writeonly" and GOOGLE_WRITABLE[stem])
        ):
            urls.append(f"{HEALTH_SCOPE}{name}")
        elif name in SIGN_IN:
            urls.append(SIGN_IN[name])
        elif name in GOOGLE_WRITABLE:
            urls.append(f"{HEALTH_SCOPE}{name}.readonly")
            if access == "read-write" and GOOGLE_WRITABLE[name]:
                urls.append(f"{HEALTH_SCOPE}{name}.writeonly")
        else:
            raise UsageError(
                f"Google Health has no scope named {name!r}.",
                f"Choose among: {', '.join([*GOOGLE_WRITABLE, *SIGN_IN])}, or give a full URL.",
            )
    return tuple(urls)


def _all_if_wanted(names: Iterable[str], every: Iterable[str]) -> Iterable[str]:
    """Return ``names``, or every one for the name ``all``, as ``login --scope`` has it."""
    wanted = tuple(names)
    return every if wanted == ("all",) else wanted


def requested_google_scopes(text: str) -> tuple[str, ...]:
    """Return the scopes of a ``scope`` parameter, each once, with the URLs of short names."""
    urls = {**SIGN_IN, "profile": USERINFO_PROFILE}
    return tuple(dict.fromkeys(urls.get(name, name) for name in text.split()))


def _access_letter(access: str) -> str:
    letters = {"read": "r", "read-write": "w"}
    if access not in letters:
        raise UsageError(f"There is no access mode {access!r}.", "Use 'read' or 'read-write'.")
    return letters[access]
