"""The order in which waiting passwords are verified: fair between those who sent them. Pure.

Each client address takes turns with the others, and at one address each user name: the one with its
last turn the longest ago is next. Among those without a turn so far, and within one of them, the
credentials that came first are verified first, also if their client gave up and came back.
"""

from ipaddress import IPv6Address, ip_address
from typing import Generic, NamedTuple, TypeVar

_IPV6_NETWORK = 64  # bits that a single customer's addresses share
_REMEMBERED = 4_096  # parties with known turns

Item = TypeVar("Item")


class Party(NamedTuple):
    """Those who share one turn: a user name at a client address."""

    address: str
    user: str
    """Empty for every name that is not configured."""


class PasswordQueue(Generic[Item]):
    """Waiting items, at most ``limit``.

    If one more comes, the party with the most items loses the one of the highest rank.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parties: dict[Party, dict[Item, int]] = {}
        self._turns: dict[Party, int] = {}  # the number of the last one, in that order
        self._turn = 0

    def __len__(self) -> int:
        return sum(map(len, self._parties.values()))

    def add(self, party: Party, rank: int, item: Item) -> Item | None:
        """Add an item; return the one that lost its place, which may be this one."""
        self._parties.setdefault(party, {})[item] = rank
        if len(self) <= self._limit:
            return None
        _, _, longest = max(
            (len(items), max(items.values()), party) for party, items in self._parties.items()
        )
        items = self._parties[longest]
        loser = max(items, key=items.__getitem__)
        self.remove(longest, loser)
        return loser

    def take(self) -> Item | None:
        """Take the lowest rank of the party with the turn; ``None`` if nothing waits."""
        if not self._parties:
            return None
        party = min(
            self._parties,
            key=lambda each: (self._turns.get(each, 0), min(self._parties[each].values())),
        )
        items = self._parties[party]
        first = min(items, key=items.__getitem__)
        self.remove(party, first)
        self._turn += 1
        self._turns.pop(party, None)
        self._turns[party] = self._turn
        if len(self._turns) > _REMEMBERED:
            del self._turns[next(iter(self._turns))]
        return first

    def remove(self, party: Party, item: Item) -> bool:
        """Remove an item; return whether it waited."""
        items = self._parties.get(party, {})
        waited = items.pop(item, None) is not None
        if not items:
            self._parties.pop(party, None)
        return waited


def client_network(host: str) -> str:
    """Return the key of a client's address: for IPv6 its network, which one client fills."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    shift = 128 - _IPV6_NETWORK
    return str(IPv6Address(int(address) >> shift << shift))
