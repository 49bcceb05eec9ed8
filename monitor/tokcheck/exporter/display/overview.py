"""All accounts at one moment: the worst first, counted by severity, and a reader's selection."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tokcheck.exporter.display.account_view import AccountView, view_account
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.severity import SIGNS, Notice, Severity, severity_sort_key

_GROUPS: Mapping[str, frozenset[Severity]] = {
    "critical": frozenset(level for level in Severity if level.alert == "critical"),
    "warning": frozenset(level for level in Severity if level.alert == "warning"),
    **{level.word: frozenset({level}) for level in Severity},
}


SEVERITY_WORDS = tuple(_GROUPS)
"""The words that select accounts by their severity."""


class AccountFilter(NamedTuple):
    """Which accounts a reader selects."""

    account: str = ""
    """Text that the names contain, in any case."""
    severity: str = ""
    """One of :data:`SEVERITY_WORDS`; another one selects all."""

    @property
    def levels(self) -> frozenset[Severity] | None:
        """The selected severities; ``None`` for all."""
        return _GROUPS.get(self.severity)

    def includes(self, state: AccountState, severity: Severity) -> bool:
        """Return whether an account is selected."""
        levels = self.levels
        return (levels is None or severity in levels) and (
            self.account.casefold() in state.name.casefold()
        )


ALL = AccountFilter()


class Overview(NamedTuple):
    """The accounts at one moment."""

    now: float
    """In Unix seconds."""
    ranked: tuple[AccountState, ...]
    """All accounts, the worst first."""
    counts: Mapping[Severity, int]
    """How many accounts there are of each severity."""
    selected: tuple[AccountState, ...]
    """Those that the reader selects, the worst first."""
    notices: tuple[Notice, ...] = ()
    """What keeps the exporter itself from working."""

    @property
    def problems(self) -> int:
        """The number of accounts for which a critical alert fires."""
        return sum(count for level, count in self.counts.items() if level.alert == "critical")

    @property
    def warnings(self) -> int:
        """The number of accounts for which a warning fires, and no critical alert."""
        return sum(count for level, count in self.counts.items() if level.alert == "warning")

    @property
    def trouble(self) -> str:
        """The problems and warnings in words: ``2 problems, 1 warning``, or ``No problem``."""
        problems = count_words(self.problems, "problem") if self.problems else ""
        warnings = count_words(self.warnings, "warning") if self.warnings else ""
        return ", ".join(filter(None, (problems, warnings))) or "No problem"

    @property
    def notice_words(self) -> str:
        """What keeps the exporter itself from working, in a few words, or nothing."""
        return ", ".join(notice.brief for notice in self.notices)

    @property
    def headline(self) -> str:
        """The problems and warnings among all accounts and of the exporter itself, in words."""
        return ", ".join(filter(None, (self._account_words, self.notice_words)))

    @property
    def _account_words(self) -> str:
        if not self.ranked:
            return "No accounts"
        accounts = count_words(len(self.ranked), "account")
        if self.notices and not self.problems + self.warnings:
            return accounts
        if len(self.ranked) == 1:
            return f"{accounts}, {self.trouble.lower()}"
        return f"{self.trouble} among {accounts}"

    @property
    def tally(self) -> tuple[tuple[Severity, int], ...]:
        """Each severity that some account has, and how many have it, the worst first."""
        return tuple((level, count) for level, count in self.counts.items() if count)

    def views(self, states: Sequence[AccountState]) -> list[AccountView]:
        """Return what is shown of each of these accounts."""
        return [view_account(state, self.now) for state in states]


def build_overview(
    states: Sequence[AccountState],
    now: float,
    selection: AccountFilter = ALL,
    notices: Sequence[Notice] = (),
) -> Overview:
    """Rank and count the accounts at ``now``, in Unix seconds.

    ``notices`` are about the exporter itself.
    """
    keyed = sorted(
        ((severity_sort_key(state, now), state) for state in states), key=lambda pair: pair[0]
    )
    counts = dict.fromkeys(Severity, 0)
    for (severity, *_), _state in keyed:
        counts[severity] += 1
    return Overview(
        now,
        tuple(state for _, state in keyed),
        counts,
        tuple(state for key, state in keyed if selection.includes(state, key[0])),
        tuple(notices),
    )


def count_words(count: int, noun: str) -> str:
    """Return a number with its noun: ``1 account``, ``1,204 accounts``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def tally_words(overview: Overview) -> str:
    """Return the counts in words: ``2 broken, 1 rate-limited, 5 fine``."""
    return ", ".join(f"{count:,} {SIGNS[level][1]}" for level, count in overview.tally)
