"""Write ``version_6.sql``: a store of version 6 with rate limits of a token endpoint.

Run with the code that wrote version 6, from the root of a checkout of it (commit 37ff78dd):
``uv run python make_version_6.py > version_6.sql``. All tokens are made up.
"""
# mypy: ignore-errors
# ruff: noqa: T201

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

from tokcheck.accounts.grant import Broken, BrokenReason, Client, Grant, Intent, RefreshLimit
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret

START = 1_780_000_000.0
LIMIT = RefreshLimit(START + 10, START + 1810, "https://api.fitbit.com")


def fill(folder: Path) -> None:
    with Store(folder, boot_moment=lambda: START - 100) as store:
        for name in ("fine", "limited", "unfinished and limited", "refused"):
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
            unfinished = name.startswith("unfinished")
            if unfinished:
                store.begin(name, Intent(refresh.fingerprint, START + 5, "process 1"))
            if name.endswith("limited"):
                store.record_limit(name, refresh.fingerprint, LIMIT, keep_intent=unfinished)
            if name == "refused":
                broken = Broken(START + 20, BrokenReason.REFUSED, "Refresh token invalid.")
                store.mark_broken(name, refresh.fingerprint, broken)


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        fill(Path(made) / "home")
        with sqlite3.connect(Path(made) / "home" / "accounts.sqlite3") as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            print("\n".join(connection.iterdump()))
            print(f"PRAGMA user_version = {version};")
