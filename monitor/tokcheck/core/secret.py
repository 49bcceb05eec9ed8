"""A secret that is never shown by accident."""

from collections.abc import Callable, Mapping
from functools import cache

TYPE_CHECKING = False  # typing would take longer to import than a fast command takes
if TYPE_CHECKING:
    from hashlib import _Hash
    from typing import NoReturn, final
else:

    def final(kind: type) -> type:
        """Return the class, which no other one may extend."""
        return kind


FINGERPRINT_DIGITS = 12
# Python's own implementation, by its name since 3.12 and before.
_OWN_SHA256 = ("_sha2", "_sha256")
_SHOWN_FROM = {64: (6, 4), 20: (4, 2), 12: (2, 0)}


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits, without OpenSSL, which is slow to load."""
    return _load_sha256()(data).hexdigest()


@cache
def _load_sha256() -> "Callable[[bytes], _Hash]":
    from importlib import import_module  # noqa: PLC0415 - see above

    for name in _OWN_SHA256:
        try:
            own: Callable[[bytes], _Hash] = import_module(name).sha256
        except ImportError:  # another Python has none
            continue
        return own
    from hashlib import sha256  # noqa: PLC0415 - see above

    return sha256


@final
class Secret:
    """A token's text, which only :meth:`reveal` returns.

    Its ``repr``, ``str`` and ``format`` are masked. It cannot be pickled, copied, hashed or
    compared; to compare two secrets, compare their fingerprints.
    """

    __slots__ = ("__raw",)

    def __init__(self, raw: str) -> None:
        self.__raw = raw

    def reveal(self) -> str:
        """Return the raw text: for the request to its provider, ``clean`` and ``token`` only."""
        return self.__raw

    @property
    def masked(self) -> str:
        """The first and last few characters around an ellipsis; the ellipsis alone if short."""
        for least, (head, tail) in _SHOWN_FROM.items():
            if len(self.__raw) >= least:
                return f"{self.__raw[:head]}…{self.__raw[-tail:] if tail else ''}"
        return "…"

    @property
    def fingerprint(self) -> str:
        """The first 12 hexadecimal digits of the text's SHA-256 in UTF-8."""
        return sha256_hex(self.__raw.encode("utf-8", "surrogatepass"))[:FINGERPRINT_DIGITS]

    @property
    def is_signed(self) -> bool:
        """Whether it begins as a signed token (JWT) does."""
        return self.__raw.startswith("eyJ")

    def has_form(self, pattern: str) -> bool:
        """Return whether the whole of it has a published form, which a pattern describes."""
        import re  # noqa: PLC0415 - the light commands never need it

        return re.fullmatch(pattern, self.__raw) is not None

    def __len__(self) -> int:
        """Count the characters."""
        return len(self.__raw)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"Secret({self.masked})"

    def __str__(self) -> str:
        return self.masked

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    def __eq__(self, other: object) -> "NoReturn":
        raise TypeError("secrets are compared by their fingerprints")

    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: object) -> "NoReturn":
        raise TypeError("a secret is neither pickled nor copied")


_KEY = "TOKCHECK_ENCRYPTION_KEY"
# Both may have the password of the store's database.
_OF_DATABASE = frozenset({"TOKCHECK_DATABASE", "PGPASSWORD"})


def is_secret_variable(name: str) -> bool:
    """Return whether a variable of tokcheck holds an application's secret or the store's key."""
    name = name.upper()
    return name == _KEY or (name.startswith("TOKCHECK_") and name.endswith("SECRET"))


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a program may inherit that needs no secret of an application or of the store."""
    return {
        name: value
        for name, value in environment.items()
        if not (is_secret_variable(name) or name.upper() in _OF_DATABASE)
    }
