"""Make text from outside fit to be shown: without secrets and control characters, and not long."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.core.redact.message import looks_secret, plain, redact
    from tokcheck.core.redact.pieces import redact_known, redact_pieces
    from tokcheck.core.redact.random_text import (
        mask_name,
        mask_random,
        random_runs,
        spelled_secret,
    )
    from tokcheck.core.redact.spellings import unescape

__all__ = [
    "looks_secret",
    "mask_name",
    "mask_random",
    "plain",
    "random_runs",
    "redact",
    "redact_known",
    "redact_pieces",
    "spelled_secret",
    "unescape",
]

_MODULES = {
    "looks_secret": "tokcheck.core.redact.message",
    "mask_name": "tokcheck.core.redact.random_text",
    "mask_random": "tokcheck.core.redact.random_text",
    "plain": "tokcheck.core.redact.message",
    "random_runs": "tokcheck.core.redact.random_text",
    "redact": "tokcheck.core.redact.message",
    "redact_known": "tokcheck.core.redact.pieces",
    "redact_pieces": "tokcheck.core.redact.pieces",
    "spelled_secret": "tokcheck.core.redact.random_text",
    "unescape": "tokcheck.core.redact.spellings",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
