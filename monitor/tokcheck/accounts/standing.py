"""How a stored account stands: its grant, and what is under way or wrong with it."""

from typing import NamedTuple

from tokcheck.accounts.grant import Grant


class Intent(NamedTuple):
    """A refresh that was begun and is not known to have ended.

    ``fingerprint`` is that of the refresh token which is used for it; ``began_at`` is in Unix
    seconds, ``holder`` says who began it.
    """

    fingerprint: str
    began_at: float
    holder: str


class Broken(NamedTuple):
    """Why a grant cannot be refreshed any more: since when (Unix seconds), and what to do."""

    at: float
    code: str
    sentence: str
    hint: str


class Standing(NamedTuple):
    """One account as the store has it; ``revision`` grows with every change of its tokens."""

    grant: Grant
    revision: int
    intent: Intent | None
    broken: Broken | None

    def rests(self, lead: float, now: float) -> bool:
        """Tell whether there is nothing to do.

        That is so if the access token lives for more than ``lead`` seconds from ``now`` and no
        refresh was left behind.
        """
        return self.intent is None and self.grant.lives(lead, now)
