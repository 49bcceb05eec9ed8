"""The baseline: findings that a team knows of, by salted fingerprints, so that only new ones count.

A file in JSON with one entry a line. Its salt keeps somebody who has a token from finding out
where it was, and somebody who has the file from trying likely tokens of all repositories at once.

The file is made to be merged. No count and no date stands in its head; a line never changes for
the sake of its neighbour, since each ends in a comma; entries are sorted by their random-looking
fingerprints, and the marks between them (``"0"`` to ``"f"``) keep two branches that each added
one from touching the same place. Should they, both lines stay, in any order: entries may be
doubled, and a file may have two salts. With ``merge=union`` in ``.gitattributes`` git does that.
"""

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from tokcheck.core.errors import UsageError
from tokcheck.scan.finding import Finding
from tokcheck.scan.formats.wording import printable, tokenless

if TYPE_CHECKING:
    from datetime import date

SCHEMA = "tokcheck.baseline/1"
# 96 bits each. Neither 32 nor 64 hexadecimal digits: those are what some credentials look like.
_SALT_BYTES = 12
_DIGITS = 24
_HEXADECIMAL = "0123456789abcdef"
# Common to all files, and more lines than git joins two conflicts over (3): a conflict about the
# salts never reaches into the entries.
_HEAD = (
    "Known findings, for tokcheck scan: one entry a line, in any order.",
    "An entry may have a reason, and until: the last day on which it holds, as 2026-12-31.",
    "After a conflict, keep the lines of both sides.",
)
_ANEW = "--update-baseline makes a new one."


class Entry(NamedTuple):
    """A finding that is known: why, in somebody's words, and until when (``2026-12-31``)."""

    fingerprint: str
    path: str
    kind: str
    reason: str = ""
    until: str = ""


class Baseline:
    """The known findings of a file. Without a file nothing is known.

    The path of an entry is for people: what decides is the credential, wherever it moves to.
    """

    def __init__(self, salts: tuple[bytes, ...] = (), entries: Iterable[Entry] = ()) -> None:
        self.salts = salts
        self.entries = tuple(entries)
        self._known: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._known.setdefault(entry.fingerprint, []).append(entry)

    @classmethod
    def read(cls, path: str) -> Self:
        """Read a file; raises :class:`~tokcheck.errors.UsageError` if it is broken or missing."""
        try:
            with open(path, encoding="utf-8-sig") as file:
                text = file.read()
        except FileNotFoundError:
            hint = "--update-baseline makes it of the findings there are."
            raise UsageError(f"There is no baseline {path}.", hint) from None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
            raise UsageError(f"The baseline {path} cannot be read: {reason}.") from None
        return cls(*_parsed(path, text))

    @classmethod
    def write(
        cls,
        path: str,
        findings: Iterable[Finding],
        previous: "Baseline",
        random: Callable[[int], bytes] = os.urandom,
    ) -> Self:
        """Write the findings as the known ones, and return them.

        Salt, reasons and end dates are kept from ``previous``; entries of what is no longer found
        are dropped. The file is replaced at once or not at all. ``random`` returns so many random
        bytes. Raises :class:`~tokcheck.errors.UsageError` if it cannot be written.
        """
        salt = min(previous.salts) if previous.salts else random(_SALT_BYTES)
        made = cls((salt,), sorted({_carried(previous, salt, each) for each in findings}))
        _replace(path, made._text())
        return made

    def holds(self, finding: Finding, today: "date") -> bool:
        """Tell whether a finding is known; with an end date up to the end of that day."""
        if not self.entries:
            return False
        day = today.isoformat()
        return any(not entry.until or day <= entry.until for entry in self.entries_of(finding))

    def entries_of(self, finding: Finding) -> list[Entry]:
        """Return a credential's entries, those included whose day is over."""
        return [
            entry
            for salt in self.salts
            for entry in self._known.get(_fingerprint(salt, finding), ())
        ]

    def _text(self) -> str:
        from json import dumps

        lines = ["{", f'"schema": "{SCHEMA}",']
        lines += [f'"salt": "{salt.hex()}",' for salt in self.salts]
        lines.append('"entries": [')
        lines += [f'"{line}",' for line in _HEAD]
        for digit in _HEXADECIMAL:
            lines.append(f'"{digit}",')
            lines += [
                dumps({k: v for k, v in entry._asdict().items() if v}, ensure_ascii=False) + ","
                for entry in self.entries
                if entry.fingerprint[0] == digit
            ]
        return "\n".join([*lines, '"end"]', "}", ""])


def _carried(previous: Baseline, salt: bytes, finding: Finding) -> Entry:
    """Make a finding's entry, with what people wrote about it."""
    path = printable(tokenless(finding.path, {finding.digest}))
    before = previous.entries_of(finding)
    # What was said of this place goes before what was said of the credential elsewhere.
    before.sort(key=lambda entry: (entry.path != path, not entry.reason, entry))
    reason = next((entry.reason for entry in before if entry.reason), "")
    # An entry without an end date holds for good; then no other one's date may end it.
    until = "" if any(not e.until for e in before) else max((e.until for e in before), default="")
    return Entry(_fingerprint(salt, finding), path, finding.kind.value, reason, until)


def _fingerprint(salt: bytes, finding: Finding) -> str:
    from hashlib import sha256

    return sha256(salt + finding.digest).hexdigest()[:_DIGITS]


def _parsed(path: str, text: str) -> tuple[tuple[bytes, ...], list[Entry]]:
    import json

    salts: list[Any] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        # After a merge of two files that were made apart there are two salts.
        salts.extend(value for key, value in found if key == "salt")
        return dict(found)

    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise _broken(
                path,
                number,
                "a merge is not resolved",
                "Keep the lines of both sides, in any order, and delete those of <, = and >.",
            )
    try:
        read = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        hint = f"Correct that line, or delete the file: {_ANEW}"
        raise _broken(path, error.lineno, f"this is no JSON ({error.msg})", hint) from None
    except RecursionError:
        raise _broken(path, 1, "this is nested too deep for a baseline", _ANEW) from None
    if not isinstance(read, dict) or read.get("schema") != SCHEMA:
        raise _broken(path, 1, f"this is not of the schema {SCHEMA}", _ANEW)
    entries = read.get("entries")
    if not isinstance(entries, list):
        raise _broken(path, 1, "the list of entries is missing", _ANEW)
    return _salts(path, text, salts), [
        _entry(path, text, each) for each in entries if not isinstance(each, str)
    ]


def _salts(path: str, text: str, salts: list[Any]) -> tuple[bytes, ...]:
    try:
        read = sorted({bytes.fromhex(salt) for salt in salts})
    except (TypeError, ValueError):
        read = []
    if not read or any(len(salt) != _SALT_BYTES for salt in read):
        raise _broken(
            path,
            _line_of(text, '"salt"'),
            "there is no salt of 24 hexadecimal digits",
            "Take the line from an older version of the file: no entry holds without it.",
        )
    return tuple(read)


def _entry(path: str, text: str, entry: object) -> Entry:
    known = set(Entry._fields)
    entry = entry if isinstance(entry, dict) else {}
    fingerprint = entry.get("fingerprint")
    hexadecimal = (
        isinstance(fingerprint, str)
        and len(fingerprint) == _DIGITS
        and set(fingerprint) <= set(_HEXADECIMAL)
    )
    line = _line_of(text, fingerprint if isinstance(fingerprint, str) else '"entries"')
    if not hexadecimal:
        raise _broken(
            path,
            line,
            "an entry has no fingerprint of 24 hexadecimal digits",
            f"Delete that entry. {_ANEW}",
        )
    if not set(entry) <= known or not all(isinstance(value, str) for value in entry.values()):
        raise _broken(
            path,
            line,
            "an entry has other keys, or values that are no texts",
            f"Its keys are: {', '.join(Entry._fields)}.",
        )
    until = entry.get("until", "")
    if until and not _is_day(until):
        raise _broken(
            path,
            line,
            f"an entry is to end on {until[:40]!r}",
            'Write the last day on which it holds: "until": "2026-12-31".',
        )
    return Entry(**({"path": "", "kind": ""} | entry))


def _is_day(text: str) -> bool:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _line_of(text: str, part: str) -> int:
    return text.count("\n", 0, max(0, text.find(part))) + 1


def _broken(path: str, line: int, what: str, hint: str) -> UsageError:
    return UsageError(f"The baseline {path}, line {line}: {what}.", hint)


def _replace(path: str, text: str) -> None:
    from pathlib import Path

    from tokcheck.storage.atomic_write import replace_file

    try:
        # A lone surrogate in a reason becomes the escape that JSON has for it.
        content = text.encode(errors="backslashreplace")
        replace_file(Path(os.path.realpath(path)), content, mode=None)
    except OSError as error:
        raise UsageError(f"The baseline {path} cannot be written: {error.strerror}.") from None
