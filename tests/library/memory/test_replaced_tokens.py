"""Which tokens replaced a refused one, and whether the API has accepted them since."""

import pytest

from tokcheck.library.memory.replaced_tokens import ReplacedTokens, account_key

_ALEX = account_key({"TOKCHECK_HOME": "/data"}, "alex", None)


@pytest.mark.parametrize(
    ("statuses", "is_pointless"),
    [
        ((), True),
        ((200,), False),
        ((403,), False),  # it says what the token may do
        ((429,), True),
        ((503,), True),
        ((401, 200), True),  # another resource accepts it
    ],
)
def test_a_replacement_is_pointless_until_it_is_accepted(
    statuses: tuple[int, ...], *, is_pointless: bool
) -> None:
    replaced = ReplacedTokens()
    replaced.add(_ALEX, "new")
    for status in statuses:
        replaced.record_response(_ALEX, "new", status)
    replaced.record_response(_ALEX, "old", 200)
    if 401 in statuses:
        replaced.add(_ALEX, "new")  # by a thread whose first request was refused as well
    assert is_pointless is replaced.is_pointless(_ALEX, "new")
    assert not replaced.is_pointless(_ALEX, "old")


@pytest.mark.parametrize(
    ("environment", "name", "api_url"),
    [
        ({"TOKCHECK_HOME": "/other"}, "alex", None),
        ({"TOKCHECK_HOME": "/data", "TOKCHECK_DATABASE": "postgresql://host/db"}, "alex", None),
        ({"TOKCHECK_HOME": "/data"}, "kim", None),
        ({"TOKCHECK_HOME": "/data"}, "alex", "https://other.example"),
    ],
)
def test_other_accounts_and_servers_are_not_concerned(
    environment: dict[str, str], name: str, api_url: str | None
) -> None:
    replaced = ReplacedTokens()
    replaced.add(_ALEX, "new")
    assert not replaced.is_pointless(account_key(environment, name, api_url), "new")
