"""Which tokens replaced a refused one, and whether the API has accepted them since."""

import pytest

from tokcheck.library.memory.replaced_tokens import ReplacedTokens, account_key

_ALEX = account_key({"TOKCHECK_HOME": "/data"}, "alex", None)


_HERE, _THERE = "GET /here", "GET /there"


@pytest.mark.parametrize(
    ("responses", "is_pointless"),
    [
        ([], True),
        ([(_HERE, 200)], False),
        ([(_THERE, 200)], False),
        ([(_HERE, 403)], False),  # it says what the token may do
        ([(_HERE, 429)], True),
        ([(_HERE, 503)], True),
        ([(_HERE, 401)], True),
        ([(_THERE, 401)], True),
        ([(_HERE, 401), (_HERE, 200)], False),  # the refusals were an outage
        ([(_HERE, 401), (_THERE, 200)], True),  # this resource refuses every token
        ([(_THERE, 401), (_HERE, 200)], False),
        ([(_HERE, 401), (_THERE, 401), (_THERE, 200), (_HERE, 200)], False),
        ([(_HERE, 401), (_THERE, 200), (_HERE, 503)], True),
    ],
)
def test_a_replacement_is_pointless_until_it_is_accepted(
    responses: list[tuple[str, int]], *, is_pointless: bool
) -> None:
    replaced = ReplacedTokens()
    replaced.add(_ALEX, "new")
    for resource, status in responses:
        replaced.record_response(_ALEX, "new", resource, status)
    replaced.record_response(_ALEX, "old", _HERE, 200)
    assert is_pointless is replaced.is_pointless(_ALEX, "new", _HERE)
    assert not replaced.is_pointless(_ALEX, "old", _HERE)


def test_a_second_thread_with_the_same_replacement_changes_nothing() -> None:
    replaced = ReplacedTokens()
    replaced.add(_ALEX, "new")
    replaced.record_response(_ALEX, "new", _HERE, 401)
    replaced.record_response(_ALEX, "new", _THERE, 200)
    replaced.add(_ALEX, "new")
    assert replaced.is_pointless(_ALEX, "new", _HERE)
    assert not replaced.is_pointless(_ALEX, "new", _THERE)


def test_the_number_of_known_resources_is_bounded() -> None:
    replaced = ReplacedTokens()
    replaced.add(_ALEX, "new")
    paths = [f"GET /{number}" for number in range(101)]
    for path in paths:
        replaced.record_response(_ALEX, "new", path, 401)
    replaced.record_response(_ALEX, "new", _HERE, 200)
    assert [False, *[True] * 100] == [replaced.is_pointless(_ALEX, "new", path) for path in paths]


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
    assert not replaced.is_pointless(account_key(environment, name, api_url), "new", _HERE)
