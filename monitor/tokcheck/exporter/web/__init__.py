"""The exporter's web server: the metrics, the page, and their protection."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.exporter.web.app import build_app
    from tokcheck.exporter.web.config.parser import parse_web_config
    from tokcheck.exporter.web.connection_limits import Limits
    from tokcheck.exporter.web.listening.address import Address
    from tokcheck.exporter.web.page.document import View

__all__ = ["Address", "Limits", "View", "build_app", "parse_web_config"]

_MODULES = {
    "Address": "tokcheck.exporter.web.listening.address",
    "Limits": "tokcheck.exporter.web.connection_limits",
    "View": "tokcheck.exporter.web.page.document",
    "build_app": "tokcheck.exporter.web.app",
    "parse_web_config": "tokcheck.exporter.web.config.parser",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
