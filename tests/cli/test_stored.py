"""What a login says of the account that it stored, and of what stays unknown."""

from collections.abc import Sequence

import pytest

from tests.accounts.attempts import FITBIT as FITBIT_ATTEMPT
from tests.accounts.attempts import GOOGLE as GOOGLE_ATTEMPT
from tests.accounts.bank import dropped, response
from tests.tokens import FITBIT, FITBIT_CLIENT, FITBIT_CODE, FITBIT_REFRESH, GOOGLE, GOOGLE_CLIENT
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.naming import Named
from tokcheck.accounts.scopes import Granted
from tokcheck.cli.consented import exchanged
from tokcheck.cli.stored import notes, print_stored
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.secret import Secret

FINE = Granted(("sleep",), (), ())
ALEX = Named("alex", None, ())


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


def said(
    of: Grant, scopes: Granted = FINE, named: Named = ALEX, provider: str = "fitbit"
) -> Sequence[str]:
    return list(notes(of, REGISTRY[provider], scopes, named))


def test_a_consent_in_which_all_is_well_needs_no_word() -> None:
    assert [] == said(grant())


def test_a_scope_that_came_unasked_is_said() -> None:
    (note,) = said(grant(), Granted(("sleep", "ecg"), (), ("ecg",)))
    assert "Granted unasked, most likely by an earlier consent: ecg." == note


def test_a_missing_refresh_token_is_said_with_the_end_and_the_way_to_one() -> None:
    (note,) = said(grant(refresh=None))
    assert note.startswith("No refresh token came, so the account ends 2026-05-28 20:26 UTC")
    assert "https://myaccount.google.com/connections" in note
    (note,) = said(grant(refresh=None, expires_at=None))
    assert "the account ends at a time that was not told" in note


def test_a_second_account_of_the_same_person_is_said() -> None:
    (note,) = said(grant(), named=Named("alex", None, ("old one",)))
    assert "whose earlier refresh token this consent may have ended" in note
    assert note.endswith("tokcheck accounts remove 'old one' --forget")
    (note,) = said(grant(), named=Named("alex", None, ("b",)), provider="google-health")
    assert "may have ended" not in note


def test_what_was_not_told_is_not_made_up(capsys: pytest.CaptureFixture[str]) -> None:
    print_stored(
        grant(expires_at=None)._replace(user_id=None, scopes=(), name="a b"), REGISTRY["fitbit"]
    )
    out = capsys.readouterr().out
    assert "user      not told\n" in out
    assert "expires   at a time that was not told\n" in out
    assert "scopes    none\n" in out
    assert "tokcheck token 'a b' " in out
    assert FITBIT not in out


def test_whose_account_it_is_stays_open_where_nobody_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def send(provider: Provider, request: Request) -> Response:
        assert "google-health" == provider.name
        if request.path == "/token":
            return response(200, {"access_token": GOOGLE, "token_type": "Bearer"})
        raise dropped()

    client = Client("google-health", GOOGLE_CLIENT, None)
    tokens = exchanged(GOOGLE_ATTEMPT, client, Secret(FITBIT_CODE), send)
    assert tokens.user_id is None
    assert GOOGLE_ATTEMPT.scopes == tokens.scopes  # nothing said: just as asked
    err = capsys.readouterr().err
    assert "note: Whose account it is could not be asked: the connection broke off.\n" == err


def test_who_is_named_in_the_answer_is_not_asked_about() -> None:
    sent: list[Request] = []

    def send(provider: Provider, request: Request) -> Response:
        del provider
        sent.append(request)
        value = {"access_token": FITBIT, "token_type": "Bearer", "user_id": "7TESTS", "scope": "a"}
        return response(200, value)

    client = Client("fitbit", FITBIT_CLIENT, None)
    tokens = exchanged(FITBIT_ATTEMPT, client, Secret(FITBIT_CODE), send)
    assert ("7TESTS", ("a",)) == (tokens.user_id, tokens.scopes)
    (request,) = sent
    assert request.form is not None
    assert FITBIT_ATTEMPT.verifier.reveal() == request.form["code_verifier"].reveal()
    assert FITBIT_ATTEMPT.redirect_uri == request.form["redirect_uri"].reveal()
