"""The baseline: known findings by salted fingerprint, so that a scan reports only new ones.

A JSON file with one entry a line. The salt prevents that a token is looked up in the file, and
that likely tokens are tried on the files of all repositories at once.

The file is easy to merge. Its head has no count and no date; each line ends in a comma, so that
its neighbours never change it; entries are sorted by fingerprint, and the separators between them
(``"0"`` to ``"f"``) keep entries of two branches apart. In a conflict both lines stay, in any
order: entries may be doubled, and a file may have two salts. ``merge=union`` in
``.gitattributes`` does that.
"""

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from tokcheck.core.errors import UsageError
from tokcheck.core.escape import printable
from tokcheck.scan.finding import Finding
from tokcheck.scan.safe_text import redact_tokens
from tokcheck.storage.regular_files import read_text

if TYPE_CHECKING:
    from datetime import date

SCHEMA = "tokcheck.baseline/1"
# 96 bits each. Neither 32 nor 64 hexadecimal digits: those are what some credentials look like.
_SALT_BYTES = 12
_DIGITS = 24
_NO_END = "9999-12-31"
_HEXADECIMAL = "0123456789abcdef"
# Common to all files, and more lines than git joins two conflicts over (3): a conflict about the
# salts never reaches into the entries.
_HEAD = (
    "Known findings, for tokcheck scan: one entry per line, in any order.",
    "An entry may have a reason, and until: the last day on which it applies, as 2026-12-31.",
    "After a conflict, keep the lines of both sides.",
)
_ANEW = "Delete the file, and write a new one: --update-baseline."
LIMIT = 8 << 20
"""The most bytes of a baseline, room for 50,000 entries."""
_OF_HISTORY = " (commit "
_FIRST = "Write one: --update-baseline."
_MOST_SALTS = 100  # each finding is hashed with each


class BaselineEntry(NamedTuple):
    """A known finding."""

    fingerprint: str
    """24 hexadecimal digits of the salted digest."""
    path: str
    """The path of the finding, for people: only the fingerprint is compared."""
    kind: str
    reason: str = ""
    """Why it is known, if the file says so."""
    until: str = ""
    """The last day on which the entry holds, such as ``2026-12-31``; empty for no end."""

    @property
    def is_of_history(self) -> bool:
        """Return whether it was found in a commit, which the path then names."""
        return _OF_HISTORY in self.path or self.path.startswith("<")


class Baseline:
    """The known findings of a file; empty without one."""

    def __init__(
        self, salts: tuple[bytes, ...] = (), entries: Iterable[BaselineEntry] = ()
    ) -> None:
        self.salts = salts
        self.entries = tuple(entries)
        self._known: dict[str, list[BaselineEntry]] = {}
        self._ends: dict[str, str] = {}  # the last of a fingerprint's end dates
        for entry in self.entries:
            self._known.setdefault(entry.fingerprint, []).append(entry)
            self._ends[entry.fingerprint] = max(
                self._ends.get(entry.fingerprint, ""), entry.until or _NO_END
            )

    @classmethod
    def read(cls, path: str, *, descriptors: bool = False) -> Self:
        """Read a file; with ``descriptors`` the path may be that of a shell's ``<(…)``.

        :raises UsageError: if it is missing or damaged.
        """
        hint = _ANEW if os.path.lexists(path) else _FIRST
        return cls(*_parse(path, read_text(path, LIMIT, hint, descriptors=descriptors)))

    @classmethod
    def write(
        cls,
        path: str,
        findings: Iterable[Finding],
        previous: "Baseline",
        random: Callable[[int], bytes] = os.urandom,
        *,
        kept: Iterable[BaselineEntry] = (),
    ) -> Self:
        """Write a baseline of these findings, and return it.

        Salt, reasons and end dates come from ``previous``; of its entries without a finding, only
        those that are ``kept`` stay. The file is replaced atomically. ``random`` returns so many
        random bytes.

        :raises UsageError: if the file cannot be written.
        """
        salt = min(previous.salts) if previous.salts else random(_SALT_BYTES)
        entries = {_entry_for(previous, salt, each) for each in findings}
        places = {entry[:2] for entry in entries}
        others = {entry for entry in kept if entry[:2] not in places}
        # Which of several salts an entry was made with does not show.
        salts = previous.salts if others else (salt,)
        baseline = cls(salts, sorted(entries | others))
        _replace(path, baseline._text())
        return baseline

    def has(self, finding: Finding, today: "date") -> bool:
        """Return whether a finding is known on that day."""
        if not self.entries:
            return False
        day = today.isoformat()
        ends = (self._ends.get(_fingerprint(salt, finding), "") for salt in self.salts)
        return any(day <= end for end in ends)

    def entries_of(self, finding: Finding) -> list[BaselineEntry]:
        """Return the entries of a credential, expired ones included."""
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


def _entry_for(previous: Baseline, salt: bytes, finding: Finding) -> BaselineEntry:
    """Return the entry of a finding, with its reason and end date from the previous baseline."""
    path = printable(redact_tokens(finding.path, {finding.digest}))
    if finding.commit is not None:
        path += f"{_OF_HISTORY}{finding.commit.short})"
    before = previous.entries_of(finding)
    # An entry of the same path takes precedence over those of other paths.
    before.sort(key=lambda entry: (entry.path != path, not entry.reason, entry))
    reason = next((entry.reason for entry in before if entry.reason), "")
    # If one entry has no end date, the new one has none either.
    until = "" if any(not e.until for e in before) else max((e.until for e in before), default="")
    return BaselineEntry(_fingerprint(salt, finding), path, finding.kind.value, reason, until)


def _fingerprint(salt: bytes, finding: Finding) -> str:
    from hashlib import sha256

    return sha256(salt + finding.digest).hexdigest()[:_DIGITS]


def _parse(path: str, text: str) -> tuple[tuple[bytes, ...], list[BaselineEntry]]:
    from tokcheck.core.documents import DocumentError, parse_json

    salts: list[Any] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        # After a merge of two independent files there are two salts.
        salts.extend(value for key, value in found if key == "salt")
        return dict(found)

    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise _damage_error(
                path,
                number,
                "a merge conflict is not resolved",
                "Keep the lines of both sides, in any order, and delete those of <, = and >.",
            )
    try:
        read = parse_json(text, pairs_hook=pairs)
    except DocumentError as error:
        what, hint = (
            f"this is not valid JSON ({error.reason})",
            f"Correct that line. Otherwise: {_ANEW}",
        )
        raise _damage_error(path, error.line or 1, what, hint) from None
    if not isinstance(read, dict) or read.get("schema") != SCHEMA:
        raise _damage_error(path, 1, f"the schema is not {SCHEMA}", _ANEW)
    entries = read.get("entries")
    if not isinstance(entries, list):
        raise _damage_error(path, 1, "the list of entries is missing", _ANEW)
    return _parse_salts(path, text, salts), [
        _parse_entry(path, text, each) for each in entries if not isinstance(each, str)
    ]


def _parse_salts(path: str, text: str, salts: list[Any]) -> tuple[bytes, ...]:
    try:
        read = sorted({bytes.fromhex(salt) for salt in salts})
    except (TypeError, ValueError):
        read = []
    if not read or any(len(salt) != _SALT_BYTES for salt in read):
        raise _damage_error(
            path,
            _line_of(text, '"salt"'),
            "there is no salt of 24 hexadecimal digits",
            "Restore that line from an older version of the file: no entry matches without it.",
        )
    if len(read) > _MOST_SALTS:
        what = f"there are more than {_MOST_SALTS} salts"
        raise _damage_error(path, _line_of(text, '"salt"'), what, _ANEW)
    return tuple(read)


def _parse_entry(path: str, text: str, entry: object) -> BaselineEntry:
    known = set(BaselineEntry._fields)
    entry = entry if isinstance(entry, dict) else {}
    fingerprint = entry.get("fingerprint")
    hexadecimal = (
        isinstance(fingerprint, str)
        and len(fingerprint) == _DIGITS
        and set(fingerprint) <= set(_HEXADECIMAL)
    )
    line = _line_of(text, fingerprint if isinstance(fingerprint, str) else '"entries"')
    if not hexadecimal:
        raise _damage_error(
            path,
            line,
            "an entry has no fingerprint of 24 hexadecimal digits",
            f"Delete that entry. Otherwise: {_ANEW}",
        )
    if not set(entry) <= known or not all(isinstance(value, str) for value in entry.values()):
        raise _damage_error(
            path,
            line,
            "an entry has unknown keys, or values that are not strings",
            f"Known keys: {', '.join(BaselineEntry._fields)}.",
        )
    until = entry.get("until", "")
    if until and not _is_day(until):
        raise _damage_error(
            path,
            line,
            f"an entry has the end date {until[:40]!r}",
            'Write its last day: "until": "2026-12-31".',
        )
    return BaselineEntry(**({"path": "", "kind": ""} | entry))


def _is_day(text: str) -> bool:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _line_of(text: str, part: str) -> int:
    return text.count("\n", 0, max(0, text.find(part))) + 1


def _damage_error(path: str, line: int, what: str, hint: str) -> UsageError:
    return UsageError(f"The baseline {path}, line {line}: {what}.", hint)


def _replace(path: str, text: str) -> None:
    from pathlib import Path

    from tokcheck.storage.atomic_write import replace_file

    try:
        # A lone surrogate in a reason becomes the escape that JSON has for it.
        content = text.encode(errors="backslashreplace")
        replace_file(Path(os.path.realpath(path)), content, mode=None)
    except OSError as error:
        raise UsageError(
            f"The baseline {path} cannot be written: {error.strerror}.",
            "Check that its folder exists, is writable and not full, or name another file.",
        ) from None
