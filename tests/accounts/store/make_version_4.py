"""Write ``version_4.sql``: a store of version 4 with accounts in several states.

Run with the code that wrote version 4, from the root of a checkout of it (commit 643db11):
``uv run python make_version_4.py > version_4.sql``. All tokens are made up.
"""
# mypy: ignore-errors
# ruff: noqa: T201

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

from tokcheck.accounts.grant import Broken, BrokenReason, Client, Grant, Intent, Refused
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret

START = 1_780_000_000.0
ADDRESS = "https://api.fitbit.com"
STATES = {
    "fine": None,
    "unfinished": None,
    "refused": Broken(START + 10, BrokenReason.REFUSED, "Refresh token invalid."),
    "no secret": Broken(
        START + 20,
        BrokenReason.APPLICATION,
        "Client secret invalid.",
        refused=Refused("invalid_client", ADDRESS, ("ab" * 6, "")),
    ),
    "gone": Broken(
        START + 30, BrokenReason.SERVICE_GONE, refused=Refused("service_gone", ADDRESS, ("",))
    ),
}


def fill(folder: Path) -> None:
    with Store(folder) as store:
        for name, broken in STATES.items():
            refresh = Secret(f"made-up-{name}-refresh".replace(" ", "-"))
            store.put(
                Grant(
                    name=name,
                    client=Client("fitbit", "23TEST", Secret("made-up-client-secret")),
                    access=Secret(f"made-up-{name}-access".replace(" ", "-")),
                    refresh=refresh,
                    expires_at=START + 28_800,
                    refresh_expires_at=None,
                    scopes=("settings", "sleep"),
                    user_id="7TESTS",
                    obtained_at=START,
                )
            )
            if name == "unfinished":
                store.begin(name, Intent(refresh.fingerprint, START + 5, "process 1"))
            if broken is not None:
                store.mark_broken(name, refresh.fingerprint, broken)


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        fill(Path(made) / "home")
        with sqlite3.connect(Path(made) / "home" / "accounts.sqlite3") as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            print("\n".join(connection.iterdump()))
            print(f"PRAGMA user_version = {version};")
