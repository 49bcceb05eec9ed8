"""Check API tokens: what one is, whether it works, and how much of its rate limit is left.

The names below are public and stable; everything else may change with any version. They are loaded
at their first use, so that ``import tokcheck`` costs nothing.
"""

from tokcheck.core.version import __version__

# As typing has it, which takes longer to load than all of this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from tokcheck.accounts.errors import GrantError, OAuthError, StoreError
    from tokcheck.core.errors import NetError, TokcheckError, UsageError
    from tokcheck.core.report import Report, Verdict
    from tokcheck.library.account_auth import auth
    from tokcheck.library.cleaning import NoTokenError, clean
    from tokcheck.library.observation import observe
    from tokcheck.library.paste_check import check, check_async
    from tokcheck.library.text_scan import scan_text
    from tokcheck.scan.finding import Finding

__all__ = [
    "Finding",
    "GrantError",
    "NetError",
    "NoTokenError",
    "OAuthError",
    "Report",
    "StoreError",
    "TokcheckError",
    "UsageError",
    "Verdict",
    "__version__",
    "auth",
    "check",
    "check_async",
    "clean",
    "observe",
    "scan_text",
]

_MODULES = {
    "Finding": "tokcheck.scan.finding",
    "GrantError": "tokcheck.accounts.errors",
    "NetError": "tokcheck.core.errors",
    "NoTokenError": "tokcheck.library.cleaning",
    "OAuthError": "tokcheck.accounts.errors",
    "Report": "tokcheck.core.report",
    "StoreError": "tokcheck.accounts.errors",
    "TokcheckError": "tokcheck.core.errors",
    "UsageError": "tokcheck.core.errors",
    "Verdict": "tokcheck.core.report",
    "auth": "tokcheck.library.account_auth",
    "check": "tokcheck.library.paste_check",
    "check_async": "tokcheck.library.paste_check",
    "clean": "tokcheck.library.cleaning",
    "observe": "tokcheck.library.observation",
    "scan_text": "tokcheck.library.text_scan",
}


if not TYPE_CHECKING:  # or type checkers would accept any name

    def __getattr__(name: str) -> object:
        from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

        return load_export(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
