"""Of several grants in a file, one is chosen, or they are listed."""

import json
import re
from typing import Any

import pytest

from tests.accounts.token_files.conftest import (
    AUTHORIZED_USER,
    FITBIT,
    HOME_ASSISTANT,
    RESPONSE,
    SECRETS,
    read_fields,
)
from tests.support.tokens import (
    FITBIT_REFRESH,
    FITBIT_SECRET,
    NOW,
    fitbit,
)
from tokcheck.accounts.token_files.token_file import parse_token_file
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY

_APPLICATIONS = {
    "data": {
        "items": [
            {"id": "spotify_1", "domain": "spotify", "client_id": "abc", "client_secret": "def"},
            {
                "id": "fitbit_23test", "domain": "fitbit", "client_id": "23TEST",
                "client_secret": FITBIT_SECRET,
            },
        ]
    }
}  # fmt: skip


@pytest.mark.parametrize("clients", [_APPLICATIONS, {"x": _APPLICATIONS["data"]["items"][1]}])
@pytest.mark.parametrize("signed", [True, False])
def test_a_second_file_has_the_application(clients: Any, signed: bool) -> None:  # noqa: FBT001
    text = json.dumps(HOME_ASSISTANT)
    if not signed:
        text = text.replace(FITBIT, "opaque")
    found = parse_token_file(text, REGISTRY, "fitbit", others=[json.dumps(clients)])
    assert found.client_secret is not None
    assert ("23TEST", FITBIT_SECRET) == (found.client_id, found.client_secret.reveal())
    swapped = parse_token_file(json.dumps(clients), REGISTRY, "fitbit", others=[text])
    assert swapped.refresh is not None
    assert (found.client_id, FITBIT_REFRESH) == (swapped.client_id, swapped.refresh.reveal())


_TWO = {"alex": RESPONSE, "kim": AUTHORIZED_USER}
_THREE = _TWO | {"sam": RESPONSE | {"refresh_token": FITBIT_REFRESH[::-1]}}


def test_one_of_several_grants_is_chosen() -> None:
    with pytest.raises(UsageError, match="The file contains 2 grants") as caught:
        read_fields(_TWO)
    alex = "alex (Fitbit Web API, user 7TESTS, until 2026-01-15 19:00 UTC)"
    assert f"{alex}, kim (Google Health API)" in caught.value.message
    assert (
        "Choose one by its name, with --entry alex or --entry kim, or a provider's only one with "
        "--provider." == caught.value.hint
    )
    found = read_fields(_TWO, "fitbit")
    assert "fitbit" == found["provider"]
    assert ("The file has another grant, which was left aside.",) == found["notes"]
    with pytest.raises(UsageError, match="contains 3 grants: alex"):
        read_fields(_THREE, "fitbit")
    for label in ("sam", "3"):
        assert FITBIT_REFRESH[::-1] == read_fields(_THREE, entry=label)["refresh"]
    with pytest.raises(UsageError, match="no grant of the name") as caught:
        read_fields(_THREE, entry="eve")
    assert "It has: alex (Fitbit Web API, user" in caught.value.hint


def test_a_grant_of_another_service_is_left_aside() -> None:
    spotify = {"refresh_token": "AQC" + "x" * 40, "access_token": "BQD" + "y" * 40}
    found = read_fields(
        {"spotify": spotify, "fitbit": RESPONSE, "strava": spotify | {"refresh_token": "b"}}
    )
    assert "fitbit" == found["provider"]
    assert ("The file has 2 other grants, which were left aside.",) == found["notes"]


def test_a_label_is_no_secret() -> None:
    with pytest.raises(UsageError, match=r"contains 2 grants: 1 .*, 2 ") as caught:
        read_fields({FITBIT_SECRET * 2: {"refresh_token": "a"}, FITBIT: {"refresh_token": "b"}})
    assert [] == [raw for raw in SECRETS if raw in caught.value.message + caught.value.hint]


def test_the_same_grant_twice_is_one() -> None:
    found = read_fields([RESPONSE, RESPONSE | {"clientSecret": FITBIT_SECRET}, {}])
    assert (FITBIT_REFRESH, FITBIT_SECRET) == (found["refresh"], found["client_secret"])


def test_an_application_that_the_token_contradicts_is_refused_with_both() -> None:
    with pytest.raises(UsageError, match="23ELSE, but the access token was issued to 23TEST"):
        read_fields(RESPONSE | {"client_id": "23ELSE"})
    found = read_fields(RESPONSE | {"user_id": "7OTHER"})
    assert "7TESTS" == found["user_id"]
    assert "the user 7OTHER, but the access token names 7TESTS" in found["notes"][0]


def _log(*lifetimes: tuple[int, int]) -> str:
    """Return a log of refreshes; each token is issued and ends so many hours after the start."""
    start = int(NOW.timestamp())
    return "".join(
        f"2026-01-15 1{number}:00:00 INFO response: "
        + json.dumps(
            {
                "access_token": fitbit(iat=start + issued * 3600, exp=start + end * 3600),
                "refresh_token": str(number) * 64,
            }
        )
        + "\n"
        for number, (issued, end) in enumerate(lifetimes, 1)
    )


def test_the_newest_grant_of_a_log_is_taken_and_said() -> None:
    found = read_fields(_log((0, 8), (16, 24), (8, 16)))
    assert "2" * 64 == found["refresh"]
    assert (
        "The file has 3 grants, and the one in use was taken. Left aside: an older token of the "
        "same user and application.",
    ) == found["notes"]


def test_grants_of_two_users_are_listed_with_user_and_expiry() -> None:
    other = {"access_token": fitbit(sub="9OTHER"), "refresh_token": "9" * 64}
    with pytest.raises(UsageError, match=r"user 7TESTS, until .* user 9OTHER, until "):
        read_fields(_log((0, 8)) + f"x response: {json.dumps(other)}\n")


def test_a_removed_line_of_a_diff_is_left_aside() -> None:
    text = (
        f" FITBIT_CLIENT_ID=23TEST\n-FITBIT_REFRESH_TOKEN={'1' * 64}\n"
        f"+FITBIT_REFRESH_TOKEN={'2' * 64}\n"
    )
    found = read_fields(text)
    assert ("2" * 64, 1) == (found["refresh"], len(found["notes"]))


def test_grants_of_a_list_are_named_by_their_providers() -> None:
    """As files that ``accounts export`` wrote, in one."""
    grants = [{"provider": name, "refresh_token": f"{name}-{'x' * 40}"} for name in ("a b", "c")]
    with pytest.raises(UsageError, match=r"2 grants: a b \(.*\), c \(") as caught:
        read_fields(grants)
    assert "with --entry 'a b' or --entry c" in caught.value.hint
    twice = [{"provider": "fitbit", "refresh_token": each * 64} for each in "12"]
    with pytest.raises(UsageError, match=r"2 grants: fitbit \(.*\), fitbit-2 \(") as caught:
        read_fields(twice, "fitbit")
    assert "--entry fitbit or --entry fitbit-2." in caught.value.hint


@pytest.mark.parametrize("prefix", ["", "fitbit_", "FITBIT_OAUTH2_"])
@pytest.mark.parametrize(
    "template",
    [
        "users:\n- name: alex\n  {0}: {1}\n- name: kim\n  {0}: {2}\n",
        "users:\n- email: alex\n  title: Watch\n  {0}: {1}\n"
        "- email: kim\n  title: Watch\n  {0}: {2}\n",
        "users:\n- user: alex\n  {0}: {1}\n- user: kim\n  {0}: {2}\n",
        "- username: alex\n  {0}: {1}\n- username: kim\n  {0}: {2}\n",
        "- owner: alex\n  auth:\n    {0}: {1}\n- owner: kim\n  auth:\n    {0}: {2}\n",
        "user,{0}\nalex,{1}\nkim,{2}\n",
        "alex:\n  {0}: {1}\nkim:\n  {0}: {2}\n",
        "[alex]\n{0} = {1}\n[kim]\n{0} = {2}\n",
        "[fitbit.alex]\n{0} = {1}\n[fitbit.kim]\n{0} = {2}\n",
        "alex:\n  token: {{{0}: {1}}}\nkim:\n  token: {{{0}: {2}}}\n",
    ],
)
def test_grants_are_named_by_what_distinguishes_them(template: str, prefix: str) -> None:
    text = template.format(f"{prefix}refresh_token", FITBIT_REFRESH, FITBIT_REFRESH[::-1])
    with pytest.raises(UsageError) as caught:
        read_fields(text, "fitbit")
    assert re.search(r"with --entry \S*alex or --entry \S*kim\b", caught.value.hint), caught.value
