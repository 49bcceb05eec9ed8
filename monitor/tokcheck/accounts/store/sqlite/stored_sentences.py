"""Parse the sentences about broken grants that stores up to version 2 hold.

Only the migration to version 3 uses this. The patterns omit the provider's title, which differs
between versions.
"""

import re
from datetime import UTC, datetime
from typing import TypeAlias

from tokcheck.accounts.grant import BrokenReason

# The columns of ``broken`` from ``reason`` on: reason, detail, and the intent's three.
Facts: TypeAlias = tuple[str, str, str | None, float | None, str | None]

_DUPLICATE = re.compile(r"The account (?P<twin>.*) has the same refresh token: ", re.DOTALL)
_INTERRUPTED = re.compile(
    r"The refresh token (?P<fingerprint>\S+) was sent at (?P<began>\d{4}-\d\d-\d\d \d\d:\d\d) UTC "
    r"by (?P<holder>.*?), and no answer was written down\. ",
    re.DOTALL,
)
_SIGN_IN = re.compile(r" wants the person to sign in anew: ")
_REFUSED = re.compile(
    r" refused the refresh token: .*? another application\.(?: It says: (?P<detail>.*))?\Z",
    re.DOTALL,
)


def convert_broken(code: str, sentence: str) -> Facts:
    """Return the reason and facts of a stored sentence; for an unknown one, ``refused``."""
    if code == "duplicate" and (match := _DUPLICATE.match(sentence)):
        return BrokenReason.DUPLICATE.value, match["twin"], None, None, None
    if match := _INTERRUPTED.match(sentence):
        began = datetime.strptime(match["began"], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        reason = BrokenReason.INTERRUPTED.value
        return reason, "", match["fingerprint"], began.timestamp(), match["holder"]
    if _SIGN_IN.search(sentence):
        return BrokenReason.SIGN_IN_REQUIRED.value, "", None, None, None
    refused = _REFUSED.search(sentence)
    detail = refused["detail"] if refused else None
    return BrokenReason.REFUSED.value, detail or "", None, None, None
