"""The output of a login on the stored account, and on the facts that stay unknown."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.accounts.authorization_requests import GOOGLE as GOOGLE_ATTEMPT
from tests.support.accounts.fake_token_endpoint import dropped_connection, response
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_REFRESH,
)
from tokcheck.accounts.grant import Client, Grant, Tokens
from tokcheck.accounts.login import fetch_tokens, store_grant
from tokcheck.accounts.login.code_exchange import StoredLogin
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.names import ChosenName
from tokcheck.accounts.oauth import ScopeComparison
from tokcheck.accounts.store import Store
from tokcheck.cli.commands.login.login_summary import notes, print_login, print_stored
from tokcheck.cli.commands.login.terminal_interaction import TerminalInteraction
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

FINE = ScopeComparison(("sleep",), (), ())
ALEX = ChosenName("alex", None, ())
LOGIN = "tokcheck login fitbit --name alex --client-file 'my client.json'"


def grant(
    *, refresh: str | None = FITBIT_REFRESH, expires_at: float | None = 1_780_000_000.0
) -> Grant:
    return Grant(
        name="alex",
        client=Client("fitbit", FITBIT_CLIENT, None),
        access=Secret(FITBIT),
        refresh=Secret(refresh) if refresh else None,
        expires_at=expires_at,
        refresh_expires_at=None,
        scopes=("sleep",),
        user_id="7TESTS",
        obtained_at=1_779_990_000.0,
    )


def list_notes(
    of: Grant,
    scopes: ScopeComparison = FINE,
    named: ChosenName = ALEX,
    provider: str = "fitbit",
    before: Grant | None = None,
) -> Sequence[str]:
    command = LoginCommand(provider, of.name, client_file="my client.json", scopes=("ecg",))
    return list(notes(StoredLogin(of, scopes, named, before, command), REGISTRY[provider]))


def test_a_complete_consent_has_no_notes() -> None:
    assert [] == list_notes(grant())


def test_a_scope_that_was_not_requested_is_a_note() -> None:
    (note,) = list_notes(grant(), ScopeComparison(("sleep", "ecg"), (), ("ecg",)))
    assert "Granted but not requested, most likely from an earlier consent: ecg." == note


def test_an_unticked_scope_is_requested_with_all_others() -> None:
    (note,) = list_notes(grant(), ScopeComparison(("sleep",), ("settings", "weight"), ()))
    assert note.startswith("Not granted: settings, weight. Without settings, tok")
    assert note.endswith(f"page: {LOGIN} --scope sleep,settings,weight")


def test_a_former_scope_that_was_not_requested_is_a_note() -> None:
    before = grant()._replace(scopes=("sleep", "nutrition", "weight"))
    (note,) = list_notes(grant(), before=before)
    assert (
        "The account no longer has these scopes, which were not requested: nutrition, weight. To "
        f"get them back: {LOGIN} --scope sleep,nutrition,weight"
    ) == note
    assert [] == list_notes(grant(), before=grant())
    first, second = list_notes(grant(), ScopeComparison(("sleep",), ("weight",), ()), before=before)
    assert first.endswith("--scope sleep,weight,nutrition")
    assert "not requested: nutrition." in second


def test_a_scope_without_a_name_is_in_no_command() -> None:
    before = grant()._replace(scopes=("sleep", "weight", "surprise"))
    granted = ScopeComparison(("sleep", "odd"), (), ("odd",))
    lost, unasked = list_notes(grant(), granted, before=before)
    assert "not requested: weight, surprise." in lost
    assert lost.endswith("--scope sleep,weight")
    assert unasked.endswith(": odd.")


@pytest.mark.parametrize("days", [7, 6.99])
def test_a_consent_of_a_week_is_one_of_an_application_in_testing(days: float) -> None:
    ends = 1_779_990_000.0 + days * 86_400
    (note,) = list_notes(grant()._replace(refresh_expires_at=ends), provider="google-health")
    assert note.startswith("The consent itself ends ")
    assert "consent screen is in Testing" in note
    assert ". Then log in again: tokcheck login google-health --name alex --client" in note


def test_a_consent_of_another_length_was_limited_by_the_person() -> None:
    ends = 1_779_990_000.0 + 30 * 86_400
    (note,) = list_notes(grant()._replace(refresh_expires_at=ends), provider="google-health")
    assert note.startswith("The consent itself ends ")
    assert "in 30 days" in note
    assert "Testing" not in note
    assert "The user chose that time" in note


def test_an_unknown_person_is_not_called_another() -> None:
    second = grant()._replace(name="alex-2")
    for new, old in ((None, "7TESTS"), ("7TESTS", None), (None, None)):
        named = ChosenName("alex-2", grant()._replace(user_id=old), ())
        (note,) = list_notes(second._replace(user_id=new), named=named)
        assert note.startswith("The account alex may be the same user's or another's,")
        assert note.endswith(
            "tokcheck accounts remove alex && tokcheck accounts remove alex-2\n"
            f"Then log in again: {LOGIN} --scope ecg"
        )
    other = grant()._replace(user_id="7OTHER")
    (note,) = list_notes(second, named=ChosenName("alex-2", other, ()))
    assert (
        "The account alex is another user's, and was not changed; this one is called alex-2."
    ) == note


def test_another_application_of_the_person_gets_the_command_to_take_the_name() -> None:
    other = grant()._replace(client=Client("fitbit", "23OTHR", None))
    named = ChosenName("alex-2", other, ())
    (note,) = list_notes(grant()._replace(name="alex-2"), named=named)
    assert note.startswith("The account alex is the same user's for another application, ")
    assert note.endswith(f"tokcheck accounts remove alex\nThen log in again: {LOGIN} --scope ecg")


def test_a_missing_refresh_token_is_noted_with_expiry_and_next_step() -> None:
    (note,) = list_notes(grant(refresh=None))
    assert note.startswith(
        "The provider sent no refresh token, so the account stops working 2026-05-28 20:26 UTC"
    )
    assert "https://myaccount.google.com/connections" in note
    (note,) = list_notes(grant(refresh=None, expires_at=None))
    assert "no expiry and no refresh token: the token works until it is revoked" in note


def test_a_second_account_of_the_same_person_is_a_note() -> None:
    (note,) = list_notes(grant(), named=ChosenName("alex", None, ("old one",)))
    assert "this consent may have ended its refresh token" in note
    assert note.endswith("tokcheck accounts remove 'old one' --forget")
    (note,) = list_notes(grant(), named=ChosenName("alex", None, ("b",)), provider="google-health")
    assert "may have ended" not in note


def test_unknown_values_are_not_invented(capsys: pytest.CaptureFixture[str]) -> None:
    print_stored(
        grant(expires_at=None)._replace(user_id=None, scopes=(), name="a b"), REGISTRY["fitbit"]
    )
    out = capsys.readouterr().out
    assert "user      unknown\n" in out
    assert "expires   at an unknown time\n" in out
    assert "scopes    none\n" in out
    assert "tokcheck token 'a b' " in out
    assert FITBIT not in out


def test_the_previous_refresh_token_is_kept_if_there_is_no_new_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attempt = GOOGLE_ATTEMPT
    client = Client("google-health", GOOGLE_CLIENT, None)
    tokens = Tokens(Secret(GOOGLE), None, 3600, None, attempt.scopes, "7TESTS")
    old = tokens._replace(refresh=Secret(GOOGLE_REFRESH), refresh_expires_in=86_400)
    with Store(tmp_path / "data") as store:
        for moment, given in ((1_779_990_000.0, old), (1_780_000_000.0, tokens)):
            login = store_grant(
                store, attempt, client, given, wanted_name="alex", obtained_at=moment
            )
            print_login(login, attempt.provider)
        (account_store,) = store.grants()
    assert account_store.refresh is not None
    assert GOOGLE_REFRESH == account_store.refresh.reveal()
    assert 1_779_990_000.0 + 86_400 == account_store.refresh_expires_at
    assert 1_780_003_600.0 == account_store.expires_at
    assert "sent no refresh token" not in capsys.readouterr().err


def test_the_user_stays_unknown_without_a_response(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def send(provider: Provider, request: Request) -> Response:
        assert "google-health" == provider.name
        if request.path == "/token":
            return response(200, {"access_token": GOOGLE, "token_type": "Bearer"})
        raise dropped_connection()

    client = Client("google-health", GOOGLE_CLIENT, None)
    report = TerminalInteraction(
        GOOGLE_ATTEMPT.provider, None, lambda: LoginCommand("google-health"), open_browser=False
    ).report_unknown_user
    tokens = fetch_tokens(GOOGLE_ATTEMPT, client, Secret(FITBIT_CODE), send, time.time, report)
    assert tokens.user_id is None
    assert GOOGLE_ATTEMPT.scopes == tokens.scopes  # none in the response: as requested
    err = capsys.readouterr().err
    assert (
        "note: The user of the account could not be determined: the connection broke off.\n" == err
    )
