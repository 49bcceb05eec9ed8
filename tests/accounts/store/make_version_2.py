"""Write ``version_2.sql``: a store of version 2 with accounts in every state that it can hold.

Run with the code that wrote version 2, which stored rendered sentences of broken grants (commit
7bc6962), from the root of a checkout of it: ``uv run python make_version_2.py > version_2.sql``.
All tokens are made up, and look like none that a provider gives out.
"""
# mypy: ignore-errors
# ruff: noqa: I001, T201

import json
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.store import Store
from tokcheck.errors import NetError, TokcheckError
from tokcheck.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

START = 1_780_000_000.0
DROPPED = NetError("dropped", "the connection broke off", "Try again.", reached=True)


def fake_secret(seed: str) -> Secret:
    return Secret(f"made-up-{seed}".replace(" ", "-").replace("'", ""))


def grant(name: str, provider: str, tokens: str = "") -> Grant:
    seed = tokens or name
    return Grant(
        name=name,
        client=Client(provider, "23TEST", fake_secret("client secret")),
        access=fake_secret(f"{seed} access"),
        refresh=fake_secret(f"{seed} refresh"),
        expires_at=START + 28_800,
        refresh_expires_at=None,
        scopes=("settings", "sleep"),
        user_id="7TESTS",
        obtained_at=START,
    )


def answer(status: int, value: object) -> Response:
    return Response(status, {}, json.dumps(value).encode(), datetime.fromtimestamp(START, UTC))


def fitbit_refusal(message: str) -> Response:
    error = {"errorType": "invalid_grant", "message": message}
    return answer(400, {"errors": [error], "success": False})


def refresh(store: Store, name: str, now: float, *answers: Response | NetError) -> None:
    """Refresh an account, which fails, with these answers of its provider."""
    left = list(answers)

    def send(_provider: Provider, _request: Request) -> Response:
        given = left.pop(0)
        if isinstance(given, NetError):
            raise given
        return given

    clock = [now]

    def pause(seconds: float) -> None:
        clock[0] += seconds

    refresher = Refresher(
        store, REGISTRY, send, lambda: clock[0], timer=lambda: clock[0], pause=pause, patience=0.0
    )
    with suppress(TokcheckError):
        refresher.fresh(name, inf)


def fill(folder: Path) -> None:
    with Store(folder) as store:
        for name in ("fine", "unfinished", "refused", "kim o's", "interrupted"):
            store.put(grant(name, "fitbit"))
        for name in ("google refused", "session ended"):
            store.put(grant(name, "google-health"))
        refresh(store, "unfinished", START + 5, DROPPED)
        refresh(store, "refused", START + 10, fitbit_refusal(""))
        refresh(store, "kim o's", START + 20, fitbit_refusal("Refresh token invalid: it's old"))
        refresh(store, "interrupted", START + 30, DROPPED)
        refresh(store, "interrupted", START + 3_700, fitbit_refusal("Refresh token invalid"))
        expired = {"error": "invalid_grant", "error_description": "Token has been expired."}
        refresh(store, "google refused", START + 40, answer(400, expired))
        rapt = {"error": "invalid_grant", "error_subtype": "invalid_rapt"}
        refresh(store, "session ended", START + 50, answer(400, rapt))
        store.put(grant("copy", "fitbit"))
        tokens = {
            "access_token": fake_secret("fine access").reveal(),
            "refresh_token": fake_secret("fine refresh").reveal(),
            "expires_in": 28_800,
            "token_type": "Bearer",
        }
        refresh(store, "copy", START + 60, answer(200, tokens))


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        fill(Path(made) / "home")
        with sqlite3.connect(Path(made) / "home" / "accounts.sqlite3") as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            print("\n".join(connection.iterdump()))
            print(f"PRAGMA user_version = {version};")
