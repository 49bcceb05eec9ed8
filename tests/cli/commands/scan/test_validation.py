"""``tokcheck scan --validate``: one probe a token, what works first, never in a hook."""

import json
from typing import Any

import pytest

from tests.scan.conftest import Repository
from tests.support.cli.account_store import AccountStore
from tests.support.scan.findings import finding
from tests.support.tokens import FITBIT, GOOGLE, GOOGLE_SECRET
from tokcheck.cli.commands.scan.validation import validate_findings
from tokcheck.core.credential import Kind
from tokcheck.scan.annotation.liveness import can_be_probed, with_verdicts
from tokcheck.scan.finding import Finding, ScanResult


def _probes(store: AccountStore) -> int:
    """Return how many requests Fitbit's API has answered."""
    counts = store.sandbox_state.request_counts()
    # Of a token without the scope for devices, another endpoint says more.
    ends = ("devices.json", "introspect")
    return sum(count for (_, path, _), count in counts.items() if path.endswith(ends))


def _findings(store: AccountStore, *words: str) -> list[dict[str, Any]]:
    result = store("scan", "--validate", "--format", "json", *words)
    assert 1 == result.code, result
    found: list[dict[str, Any]] = json.loads(result.out)["findings"]
    return found


def test_what_works_comes_first(account_store: AccountStore, repository: Repository) -> None:
    sandbox_state = account_store.sandbox_state
    alive, revoked = (
        sandbox_state.issue_fitbit_token(),
        sandbox_state.issue_fitbit_token(account="bo"),
    )
    sandbox_state.revoke(revoked)
    repository.write("1.txt", f"{sandbox_state.issue_fitbit_token(lifetime=-60)}\n")
    repository.write("2.txt", f"{revoked}\n")
    repository.write("3.txt", f"x = {GOOGLE_SECRET}\n")
    repository.write("4.txt", f"{alive}\n{alive}\n")
    repository.write("5.txt", f"{sandbox_state.issue_google_token()} \n")
    repository.write("6.txt", f"{sandbox_state.issue_fitbit_token(scopes=('profile',))}\n")
    found = _findings(account_store)
    assert [
        ("4.txt", "valid", "error"),
        ("4.txt", "valid", "error"),
        ("5.txt", "valid", "error"),
        ("6.txt", "valid", "error"),
        ("3.txt", None, "error"),
        ("1.txt", "expired", "warning"),
        ("2.txt", "revoked_or_invalid", "warning"),
    ] == [(one["path"], one["verdict"], one["level"]) for one in found]
    # The same token is probed once, an expired one not at all.
    assert 3 == _probes(account_store)
    result = account_store("scan", "--validate")
    assert "Sending one probe for each of 4 access tokens.\n" in result.err
    assert "Working: 3. Not working: 1. Not known: 0.\n" in result.err
    assert result.out.startswith("4.txt:1:1: an access token of the Fitbit Web API (")
    assert "not expired, works (valid)\n" in result.out
    assert "not expired, no longer works (revoked or invalid)\n" in result.out
    assert alive not in result.out + result.err


def test_it_is_off_by_default(account_store: AccountStore, repository: Repository) -> None:
    repository.write("a", account_store.sandbox_state.issue_fitbit_token())
    result = account_store("scan", "--format", "json")
    assert [None] == [one["verdict"] for one in json.loads(result.out)["findings"]]
    assert {} == account_store.sandbox_state.request_counts()


def test_history_is_validated(account_store: AccountStore, repository: Repository) -> None:
    repository.commit(a=account_store.sandbox_state.issue_fitbit_token())
    repository.commit(a="clean")
    (found,) = _findings(account_store, "--range", "HEAD")
    assert ("valid", False) == (found["verdict"], found["in_head"])


def test_without_a_network_nothing_is_known(
    account_store: AccountStore, repository: Repository
) -> None:
    token = account_store.sandbox_state.issue_fitbit_token()
    repository.write("a", token)
    result = account_store("scan", "--validate", TOKCHECK_FITBIT_URL="http://127.0.0.1:9")
    assert (1, True) == (result.code, "not known whether it works" in result.out)
    assert "Working: 0. Not working: 0. Not known: 1.\n" in result.err
    assert token not in result.out + result.err


@pytest.mark.parametrize(
    ("words", "env"),
    [
        (["--staged"], {}),
        (["--message", "a"], {}),
        (["--pre-commit", "a"], {}),
        (["--pre-push", "origin"], {}),
        (["--install-hook"], {}),
        (["--baseline", "b.json", "--update-baseline"], {}),
        ([], {"PRE_COMMIT": "1"}),
        ([], {"GIT_INDEX_FILE": ".git/index"}),
    ],
    ids=lambda value: " ".join(value) or None,
)
def test_it_is_refused_in_a_hook(
    account_store: AccountStore, repository: Repository, words: list[str], env: dict[str, str]
) -> None:
    repository.write("a", account_store.sandbox_state.issue_fitbit_token())
    result = account_store("scan", "--validate", *words, **env)
    assert (2, "") == (result.code, result.out)
    assert result.err.startswith("tokcheck: --validate ")
    assert {} == account_store.sandbox_state.request_counts()


def test_probes_are_bounded(account_store: AccountStore) -> None:
    tokens = [account_store.sandbox_state.issue_fitbit_token() for _ in range(102)]
    findings = tuple(finding(token) for token in tokens)
    raws = {one.digest: token for one, token in zip(findings, tokens, strict=True)}
    scanned = ScanResult(findings, 1, 1, ())
    many = validate_findings(scanned, raws, account_store.env).findings
    assert [100, 2] == [
        sum((one.verdict is None) == missing for one in many) for missing in (False, True)
    ]
    moments = iter((0.0, 1.0, *[2.0] * 20, 500.0, *[500.0] * 20))
    late = validate_findings(scanned, raws, account_store.env, lambda: next(moments)).findings
    assert 0 < sum(one.verdict is not None for one in late) < 20


@pytest.mark.parametrize(
    ("expected", "one"),
    [
        (True, finding(FITBIT)),
        (True, finding(GOOGLE, provider="google-health", expired=None)),
        (False, finding(FITBIT, expired=True)),
        (False, finding(FITBIT, fragment=True)),
        (False, finding(FITBIT, kind=Kind.REFRESH_TOKEN)),
        (False, finding(FITBIT, kind=Kind.JWT_OTHER, provider=None)),
        (True, finding("made-up", provider="strava", expired=None)),
        (False, finding("made-up", provider="acme", expired=None)),
    ],
)
def test_what_one_probe_can_find_out(expected: bool, one: Finding) -> None:  # noqa: FBT001
    assert expected == can_be_probed(one, {"fitbit", "google-health", "strava"})


def test_the_order_is_live_unknown_dead() -> None:
    verdicts = ("expired", None, "undetermined", "valid", "rate_limited", "revoked_or_invalid")
    findings = [finding(f"{verdict}", path=f"{verdict}") for verdict in verdicts]
    by_digest = {one.digest: one.path for one in findings if one.path != "None"}
    judged = with_verdicts(findings, by_digest)
    assert ["valid", "rate_limited", None, "undetermined", "expired", "revoked_or_invalid"] == [
        one.verdict for one in judged
    ]
    assert [True, True, None, None, False, False] == [one.works for one in judged]
