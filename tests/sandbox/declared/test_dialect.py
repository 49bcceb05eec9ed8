"""The sandbox writes for a declaration the responses that tokcheck reads by it."""

from collections.abc import Sequence
from typing import Any

import httpx

from tests.support.providers.declared_checks import declared_sandbox
from tests.support.suite.cases import each_case
from tokcheck.core.report import Verdict
from tokcheck.sandbox.declared.dialect import format_reset

_FORMS = ["seconds", "milliseconds", "epoch", "epoch-ms", "rfc3339", "http-date", "duration"]
LIMIT, LEFT, RESET = "X-Limit", "X-Left", "X-Reset"


def window(**fields: Any) -> dict[str, Any]:
    return {"length": "1h", "documented": 70, "limit": LIMIT, "remaining": LEFT, **fields}


# Declared windows, and what the report on the first check says: the limit, what remains, and the
# seconds until the reset of each.
DIALECTS: Sequence[tuple[list[dict[str, Any]], Sequence[tuple[int | None, ...]]]] = [
    *[([window(reset={"header": RESET, "form": form})], [(70, 69, 3600)]) for form in _FORMS],
    *[
        ([window(reset={"path": f"rate.{form}", "form": form})], [(70, 69, 3600)])
        for form in _FORMS
    ],
    ([window(reset="aligned", length="15m")], [(70, 69, 200)]),
    ([window(reset="aligned", length="1d")], [(70, 69, 12_800)]),
    # Positions of two lists; used in place of remaining.
    (
        [
            {"limit": {"header": LIMIT, "item": 0}, "used": {"header": LEFT, "item": 0},
             "length": "15m", "documented": 100, "reset": "aligned"},
            {"limit": {"header": LIMIT, "item": 1}, "used": {"header": LEFT, "item": 1},
             "length": "1d", "documented": 1000, "reset": "aligned"},
        ],
        [(100, 99, 200), (1000, 999, 12_800)],
    ),
    # Items that a parameter selects, and a length that is one.
    (
        [
            {"limit": {"header": LIMIT, "where": {"window": 60}}, "length": "1m", "documented": 10},
            {"limit": {"header": LIMIT, "where": {"window": 3600}}, "length": "1h",
             "documented": 20},
        ],
        [(10, None, None), (20, None, None)],
    ),
    (
        [{"limit": {"header": LIMIT, "item": 0}, "remaining": {"header": LEFT, "item": 0},
          "length": {"header": LIMIT, "parameter": "w"}, "documented": 70}],
        [(70, 69, None)],
    ),
    (
        [{"name": "burst", "limit": {"header": "P", "parameter": "q"},
          "remaining": {"header": "R", "parameter": "r"}, "length": "1m", "documented": 70,
          "reset": {"header": "R", "parameter": "t", "form": "seconds"}}],
        [(70, 69, 60)],
    ),
    # One header for two numbers, as in 32/40.
    (
        [{"limit": {"header": "Calls", "pattern": r"/(\d+)$"},
          "used": {"header": "Calls", "pattern": r"^(\d+)/"}, "length": "1m", "documented": 40}],
        [(40, 39, None)],
    ),
    (
        [
            {"remaining": {"header": "Left", "pattern": r"Set3Min;(\d+)"}, "length": "3m"},
            {"remaining": {"header": "Left", "pattern": r"Set30Min;(\d+)"}, "length": "30m"},
        ],
        [(None, 59, None), (None, 59, None)],
    ),
    # A body, with lists in it.
    (
        [
            {"name": name, "limit": {"path": f"rates.{number}.limit"},
             "remaining": {"path": f"rates.{number}.left"}, "length": "1h", "documented": 7,
             "reset": {"path": f"rates.{number}.at", "form": "epoch"}}
            for number, name in enumerate(("core", "search"))
        ],
        [(7, 6, 3600), (7, 6, 3600)],
    ),
    # Only the window that is nearest to its limit has numbers.
    (
        [
            window(limit={"header": LIMIT, "where": {"window": seconds}}, length=length,
                   documented=limit, current={"header": LIMIT, "item": 0},
                   reset={"header": RESET, "form": "seconds"})
            for seconds, length, limit in ((60, "1m", 9), (3600, "1h", 100))
        ],
        [(9, 8, 60), (100, None, None)],
    ),
]  # fmt: skip


def declare(name: str, windows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "address": "https://api.acme.example", "check": "/me", "windows": windows}


def test_every_dialect_is_read_as_it_is_written() -> None:
    tables = {f"acme-{n}": declare(f"acme-{n}", each) for n, (each, _) in enumerate(DIALECTS)}
    with declared_sandbox(tables) as checks:
        for name, (_, expected) in zip(tables, DIALECTS, strict=True):
            report = checks.use(name)
            now = checks.clock.seconds
            assert Verdict.VALID is report.verdict, name
            assert expected == [
                (
                    each.limit,
                    each.remaining,
                    None if each.reset_at is None else round(each.reset_at.timestamp() - now),
                )
                for each in report.quota
            ], tables[name]


@each_case(
    ("expected", "form"),
    [
        ("91", "seconds"),
        ("90500", "milliseconds"),
        ("1780000091", "epoch"),
        ("1780000090500", "epoch-ms"),
        ("2026-05-28T20:28:11Z", "rfc3339"),
        ("Thu, 28 May 2026 20:28:11 GMT", "http-date"),
        ("1m31s", "duration"),
    ],
)
def test_a_reset_is_rounded_up(expected: str, form: str) -> None:
    assert expected == format_reset(form, 1_780_000_090.5, 1_780_000_000.0)


CLAIMS: list[tuple[dict[str, Any], str | None, set[str]]] = [
    ({"user": "data.0.id", "scopes": "data.0.scopes"}, "7ALEX2", {"a", "b"}),
    ({"user": {"header": "X-User"}, "scopes": {"header": "X-Scopes"}}, "7ALEX2", {"a", "b"}),
    ({"scopes": {"path": "scope", "separator": ","}}, None, {"a", "b"}),
    ({"user": {"path": "href", "pattern": "/users/([0-9A-Z]+)$"}}, "7ALEX2", set()),
]


def test_a_response_tells_whose_token_it_is() -> None:
    tables = {
        f"acme-{n}": {
            **declare(f"acme-{n}", []),
            "identity": {**identity, "expires": {"path": "until", "form": "epoch"}},
        }
        for n, (identity, _, _) in enumerate(CLAIMS)
    }
    with declared_sandbox(tables) as checks:
        for name, (_, user, scopes) in zip(tables, CLAIMS, strict=True):
            claims = checks.use(name, scopes=("a", "b"), lifetime=100).claims
            assert claims is not None
            assert (user, scopes) == (claims.user_id, set(claims.scopes or ()))
            assert claims.expires_at is not None
            assert 100 == claims.expires_at.timestamp() - checks.clock.seconds


def test_a_credential_is_taken_as_it_is_declared_alone() -> None:
    table = {
        **declare("acme", []),
        "check": {
            "path": "/me?full=1",
            "method": "POST",
            "form": {"action": "show"},
            "headers": {"Api-Version": "3"},
            "cost": 3,
        },
        "credential": {"scheme": "Token"},
        "windows": [window(reset={"header": RESET, "form": "seconds"})],
    }
    with declared_sandbox({"acme": table}) as checks:
        token = checks.state.issue_declared_token("acme")
        report = checks.check("acme", token)
        assert (Verdict.VALID, [67]) == (report.verdict, [each.remaining for each in report.quota])
        url = f"{checks.sandbox.url}/providers/acme/me"
        own = {"Authorization": f"Token {token}"}
        assert [401, 401, 400, 200] == [
            httpx.post(
                url, params={"full": 1}, headers=headers, data={"action": "show"}
            ).status_code
            for headers in (
                {},
                {"Authorization": f"Bearer {token}"},
                own,
                {**own, "Api-Version": "3"},
            )
        ]


def test_each_window_counts_its_own_cost_of_the_check() -> None:
    windows = [
        window(name="points", limit="P-Limit", remaining="P-Left", cost=5, documented=12),
        window(name="free", limit="F-Limit", remaining="F-Left", cost=0, documented=1),
        window(name="plain", limit="N-Limit", remaining="N-Left", documented=9),
    ]
    table = {**declare("acme", windows), "check": {"path": "/me", "cost": 2}}
    with declared_sandbox({"acme": table}) as checks:
        token = checks.state.issue_declared_token("acme")
        reports = [checks.check("acme", token) for _ in range(3)]
        assert [Verdict.VALID, Verdict.VALID, Verdict.RATE_LIMITED] == [
            report.verdict for report in reports
        ]
        assert [[7, 1, 7], [2, 1, 5], [2, 1, 5]] == [
            [quota.remaining for quota in report.quota] for report in reports
        ]
        pause = reports[-1].retry_at
        assert pause is not None
        assert 3600 == (pause - checks.clock.moment()).total_seconds()
        # Any other request costs 1 of each.
        url = f"{checks.sandbox.url}/providers/acme/other"
        headers = {"Authorization": f"Bearer {token}"}
        statuses = [httpx.get(url, headers=headers).status_code for _ in range(2)]
        assert [200, 429] == statuses


def test_a_token_without_a_declared_form_and_a_signed_one_work() -> None:
    tables = {
        "plain": declare("plain", []),
        "signed": {**declare("signed", []), "credential": {"signed": True}},
    }
    with declared_sandbox(tables) as checks:
        assert [Verdict.VALID] * 2 == [checks.use(name).verdict for name in tables]
        signed = checks.state.issue_declared_token("signed")
        assert 2 == signed.count(".")


def test_a_check_may_send_json_as_a_query_of_graphql() -> None:
    table = {
        **declare("acme", []),
        "check": {
            "path": "/graphql",
            "method": "POST",
            "body": {"query": "{ viewer { id } }", "variables": {"n": [1, True]}},
            "success": {"path": "data.viewer.id"},
        },
        "identity": {"user": "data.viewer.id"},
    }
    with declared_sandbox({"acme": table}) as checks:
        report = checks.use("acme")
        assert report.claims is not None
        assert (Verdict.VALID, "7ALEX2") == (report.verdict, report.claims.user_id)
