"""Packages of RPM: two headers, and an archive behind them.

https://rpm-software-management.github.io/rpm/manual/format_v4.html
"""

from typing import BinaryIO

_LEAD = 96
_HEADER = b"\x8e\xad\xe8\x01"
_INTRODUCTION = 16
_ENTRY = 16
_ALIGNMENT = 8


def skip_headers(file: BinaryIO) -> bool:
    """Go to the archive of a package, and return whether its headers are whole."""
    end = file.seek(0, 2)
    at = _LEAD
    for _ in range(2):
        at = file.seek(at + -at % _ALIGNMENT)
        header = file.read(_INTRODUCTION)
        if not header.startswith(_HEADER) or len(header) < _INTRODUCTION:
            return False
        entries, size = (int.from_bytes(header[i : i + 4], "big") for i in (8, 12))
        at += _INTRODUCTION + entries * _ENTRY + size
    file.seek(at)
    return at <= end
