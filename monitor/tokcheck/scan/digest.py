"""SHA-256 without OpenSSL, whose loading takes a twentieth of a commit's check."""

from importlib import import_module
from typing import Any

# As the standard library's own random does, the module behind hashlib is taken where the
# interpreter has it: _sha2 from Python 3.12 on, _sha256 before. The digest is the same.
_MODULES = ("_sha2", "_sha256", "hashlib")


def sha256(data: bytes) -> bytes:
    """Return the 32 bytes of the data's SHA-256."""
    return bytes(_made(data).digest())


def _made(data: bytes) -> Any:  # noqa: ANN401 - three modules' classes
    for name in _MODULES[:-1]:
        try:
            return import_module(name).sha256(data)
        except ImportError:
            continue
    return import_module(_MODULES[-1]).sha256(data)
