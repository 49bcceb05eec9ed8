import pytest

from tokcheck.checks import Conclusion, Requirements
from tokcheck.checks.requirements import apply_requirements
from tokcheck.checks.scopes.known_scopes import KnownScopes, known_scopes
from tokcheck.checks.scopes.required_scopes import find_unknown_scope
from tokcheck.core.report import Scope, Verdict
from tokcheck.providers import REGISTRY, fitbit, google_health

PREFIX = "https://www.googleapis.com/auth/googlehealth."
FITBIT = known_scopes(fitbit.PROVIDER, REGISTRY)
GOOGLE = known_scopes(google_health.PROVIDER, REGISTRY)
GOOD = Conclusion(Verdict.VALID, usable=True, summary="It works.", advice=("Kept.",))
USABLE = (Verdict.VALID, Verdict.UNVERIFIED, Verdict.RATE_LIMITED)
UNCHANGED = [verdict for verdict in Verdict if verdict not in USABLE]


def apply(
    requirements: Requirements,
    *,
    scopes: tuple[Scope, ...] | None = None,
    expires_in: float | None = None,
    known: KnownScopes = FITBIT,
    conclusion: Conclusion = GOOD,
    lifetime: float | None = None,
) -> Conclusion:
    return apply_requirements(
        requirements, conclusion, scopes, expires_in, known, lifetime=lifetime
    )


def require_scope(known: KnownScopes, name: str, *codes: str) -> Conclusion:
    scopes = tuple(known.explain(code) for code in codes)
    return apply(Requirements((name,)), scopes=scopes, known=known)


@pytest.mark.parametrize(
    ("granted", "name", "codes"),
    [
        (True, "settings", ("rset",)),
        (True, "settings", ("wset",)),
        (True, "Settings", ("wset",)),
        (True, "rset", ("rset",)),
        (True, "RSET", ("rset",)),
        (True, "rset", ("wset",)),
        (True, "wset", ("wset",)),
        (True, "rnew", ("rnew",)),
        (True, "settings", ("settings",)),
        (False, "wset", ("rset",)),
        (False, "settings", ("rsle", "wpro")),
        (False, "set", ("rset",)),
        (False, "", ("rset",)),
        (False, "settings", ()),
    ],
)
def test_a_fitbit_scope_is_required_by_name_or_code(
    name: str, codes: tuple[str, ...], *, granted: bool
) -> None:
    assert granted == (require_scope(FITBIT, name, *codes) is GOOD)


@pytest.mark.parametrize(
    ("granted", "name", "codes"),
    [
        (True, "sleep", (f"{PREFIX}sleep.readonly",)),
        (True, "SLEEP", (f"{PREFIX}sleep.readonly",)),
        (True, "sleep.readonly", (f"{PREFIX}sleep.readonly",)),
        (True, "googlehealth.sleep.readonly", (f"{PREFIX}sleep.readonly",)),
        (True, f"{PREFIX}sleep.readonly", (f"{PREFIX}sleep.readonly",)),
        (True, "sleep.writeonly", (f"{PREFIX}sleep.writeonly",)),
        (True, f"{PREFIX}sleep.writeonly", (f"{PREFIX}sleep.writeonly",)),
        (True, "openid", ("openid",)),
        (True, "userinfo.email", ("https://www.googleapis.com/auth/userinfo.email",)),
        (True, "new_thing", (f"{PREFIX}new_thing.readonly",)),
        # Until 2026-05-26 a scope without an ending read and wrote.
        (True, "sleep", (f"{PREFIX}sleep",)),
        # Since then one that writes does not read.
        (False, "sleep", (f"{PREFIX}sleep.writeonly",)),
        (False, "sleep.readonly", (f"{PREFIX}sleep.writeonly",)),
        (False, "sleep.writeonly", (f"{PREFIX}sleep.readonly",)),
        (False, f"{PREFIX}sleep.writeonly", (f"{PREFIX}sleep.readonly",)),
        (False, "sleep", (f"{PREFIX}settings.readonly", "openid")),
        (False, "readonly", (f"{PREFIX}sleep.readonly",)),
    ],
)
def test_a_google_scope_is_required_by_name_ending_or_full_address(
    name: str, codes: tuple[str, ...], *, granted: bool
) -> None:
    assert granted == (require_scope(GOOGLE, name, *codes) is GOOD)


def test_a_missing_scope_is_named_with_advice() -> None:
    conclusion = require_scope(FITBIT, "sleep", "rset")
    assert Verdict.INSUFFICIENT_SCOPE is conclusion.verdict
    assert conclusion.usable is False
    assert conclusion.summary == "A required scope is not granted: sleep."
    first = (
        "Have the user consent again, and grant sleep: "
        "`tokcheck login fitbit --scope settings,sleep`."
    )
    assert (first, "Kept.") == conclusion.advice


@pytest.mark.parametrize(
    ("requested", "missing", "granted"),
    [
        ("settings,sleep", "wsle", ("rset",)),
        ("settings,sleep", "SLEEP", ("wset", "rset", "no_such_scope")),
        ("ecg,sleep.writeonly", "sleep.writeonly", (f"{PREFIX}ecg.readonly", "openid")),
        ("sleep,profile.writeonly", "sleep", (f"{PREFIX}profile.writeonly",)),
        # Until 2026-05-26 a scope without an ending read and wrote.
        ("ecg,profile,profile.writeonly", f"{PREFIX}ecg.readonly", (f"{PREFIX}profile",)),
    ],
)
def test_the_command_requests_the_granted_scopes_as_well(
    requested: str, missing: str, granted: tuple[str, ...]
) -> None:
    known = GOOGLE if "." in requested else FITBIT
    (advice, _) = require_scope(known, missing, *granted).advice
    assert advice.endswith(f": `tokcheck login {known.provider} --scope {requested}`.")


def test_every_command_is_one_that_a_login_takes() -> None:
    wrong = []
    for known in (FITBIT, GOOGLE):
        for name in known.on_request:
            command = known.login_command((), [name])
            if command != f"tokcheck login {known.provider} --scope {name}":
                wrong.append((name, command))
    assert [] == wrong


def test_several_missing_scopes_are_requested_together() -> None:
    scopes = (FITBIT.explain("rset"),)
    conclusion = apply(Requirements(("sleep", "no\nsense", "profile")), scopes=scopes)
    unknown, again, kept = conclusion.advice
    assert unknown.startswith("The Fitbit Web API has no scope that tokcheck knows as no")
    assert (
        "Have the user consent again, and grant sleep, profile: "
        "`tokcheck login fitbit --scope profile,settings,sleep`."
    ) == again
    assert "Kept." == kept


@pytest.mark.parametrize("name", ["sleep", "rsle", "wsle", "RSLE"])
def test_a_known_scope_is_not_called_unknown_however_it_is_written(name: str) -> None:
    assert len(require_scope(FITBIT, name, "rset").advice) == 2


@pytest.mark.parametrize("name", ["sleep", "sleep.readonly", f"{PREFIX}sleep.writeonly"])
def test_a_known_google_scope_is_not_called_unknown(name: str) -> None:
    assert len(require_scope(GOOGLE, name, "openid").advice) == 2


@pytest.mark.parametrize("known", [FITBIT, GOOGLE])
def test_an_unknown_scope_is_reported_with_the_known_ones(known: KnownScopes) -> None:
    conclusion = require_scope(known, "heart_rate\n")
    note, kept = conclusion.advice
    assert "Kept." == kept, "nobody is advised to request a scope that does not exist"
    assert note.startswith(f"The {known.title} has no scope that tokcheck knows as heart_rate. ")
    assert f"Require one that it has: {known.names[0]}, " in note


def test_a_name_that_the_option_accepts_is_never_called_unknown() -> None:
    wrong = []
    names = {name for provider in REGISTRY.values() for name in provider.scopes}
    names |= {one for provider in REGISTRY.values() for one in provider.oauth.scopes.values()}
    for known in (FITBIT, GOOGLE):
        (other,) = known.others
        for name in sorted(names | {"openid", "userinfo.email", "rsle", "sleep.readonly"}):
            assert find_unknown_scope([name], REGISTRY, None) is None
            advice = require_scope(known, name, "none").advice[0]
            if known.has(name):
                is_right = advice.startswith("Have the user consent again")
            elif other.has(name):
                is_right = f" is a scope of the {other.title}, and this " in advice
            else:
                is_right = advice.startswith(f"{name} is a scope of OpenID Connect")
            if not is_right:
                wrong.append((known.title, name, advice))
    assert [] == wrong


def test_unknown_scopes_leave_the_verdict_undetermined() -> None:
    conclusion = apply(Requirements(("sleep",)), scopes=None)
    assert Verdict.UNDETERMINED is conclusion.verdict
    assert conclusion.usable is None
    assert conclusion.summary == "Could not tell whether the required scopes are granted."


@pytest.mark.parametrize(
    ("usable", "expires_in"), [(True, 3601), (False, 3600), (False, 3599), (False, 0), (None, None)]
)
def test_a_token_must_be_valid_for_min_ttl(
    *, usable: bool | None, expires_in: float | None
) -> None:
    conclusion = apply(Requirements(min_ttl=3600), expires_in=expires_in)
    assert usable is conclusion.usable
    if usable is None:
        assert Verdict.UNDETERMINED is conclusion.verdict
        assert "which --min-ttl requires" in conclusion.summary
    if usable is False:
        assert Verdict.VALID is conclusion.verdict
        rest = (
            "1 h; --min-ttl requires more than that."
            if expires_in == 3600
            else "sooner than the 1 h that --min-ttl requires."
        )
        assert conclusion.summary.endswith(rest)


@pytest.mark.parametrize(
    ("advice", "min_ttl", "lifetime", "known"),
    [
        ("`tokcheck token NAME --min-ttl 7h59m59s` does so", 28_799, 28_800, FITBIT),
        ("A refresh does not help: a new token lives for 8 h as well.", 28_800, 28_800, FITBIT),
        ("A refresh does not help: a new token lives for 1 h as well.", 3_600, None, GOOGLE),
        ("`tokcheck token NAME --min-ttl 1d` does so", 86_400, None, FITBIT),
        ("Get a new token before the job starts.", 86_400, None, FITBIT._replace(has_login=False)),
    ],
)
def test_a_refresh_is_no_advice_where_no_token_lives_that_long(
    advice: str, min_ttl: float, lifetime: float | None, known: KnownScopes
) -> None:
    requirements = Requirements(min_ttl=min_ttl)
    conclusion = apply(requirements, expires_in=60, known=known, lifetime=lifetime)
    assert advice in conclusion.advice[0]


@pytest.mark.parametrize(
    ("left", "required", "expires_in", "min_ttl"),
    [
        ("7 h 59 min", "8 h", 28_799, 28_800),
        ("28798 s", "28799 s", 28_798, 28_799),
        ("28798.600 s", "28799.000 s", 28_798.6, 28_799),
        ("0.200 s", "0.300 s", 0.2, 0.3),
    ],
)
def test_a_token_that_expires_too_soon_never_shows_two_equal_times(
    left: str, required: str, expires_in: float, min_ttl: float
) -> None:
    conclusion = apply(Requirements(min_ttl=min_ttl), expires_in=expires_in)
    expected = f"This token expires in {left}, sooner than the {required} that --min-ttl requires."
    assert expected == conclusion.summary


@pytest.mark.parametrize(
    ("verdict", "usable", "scopes", "expires_in"),
    [
        (Verdict.INSUFFICIENT_SCOPE, False, (), None),
        (Verdict.INSUFFICIENT_SCOPE, False, (), 60),
        (Verdict.VALID, False, None, 60),
        (Verdict.UNDETERMINED, None, None, None),
        (Verdict.UNDETERMINED, None, None, 7200),
        (Verdict.UNDETERMINED, None, (fitbit.scope("rsle"),), None),
        (Verdict.VALID, True, (fitbit.scope("rsle"),), 7200),
    ],
)
def test_a_failed_requirement_comes_before_an_unknown_one(
    verdict: Verdict,
    scopes: tuple[Scope, ...] | None,
    expires_in: float | None,
    *,
    usable: bool | None,
) -> None:
    conclusion = apply(Requirements(("sleep",), 3600), scopes=scopes, expires_in=expires_in)
    assert (verdict, usable) == (conclusion.verdict, conclusion.usable)


@pytest.mark.parametrize("verdict", UNCHANGED)
def test_requirements_do_not_change_other_verdicts(verdict: Verdict) -> None:
    unchanged = Conclusion(verdict, None, "Settled.")
    assert unchanged is apply(Requirements(("sleep",), 3600), scopes=(), conclusion=unchanged)


@pytest.mark.parametrize("verdict", USABLE)
def test_requirements_apply_to_every_usable_verdict(verdict: Verdict) -> None:
    conclusion = apply(
        Requirements(("sleep",)), scopes=(), conclusion=GOOD._replace(verdict=verdict)
    )
    assert conclusion.usable is False


@pytest.mark.parametrize(
    "conclusion",
    [
        require_scope(FITBIT, "settings"),
        apply(Requirements(min_ttl=3600), expires_in=60),
        apply(Requirements(("repo",)), known=FITBIT._replace(names=())),
    ],
    ids=["a missing scope", "a short life", "unknown scopes"],
)
def test_advice_on_the_headline_comes_before_remarks(conclusion: Conclusion) -> None:
    assert GOOD.summary != conclusion.summary
    assert 2 == len(conclusion.advice)
    assert GOOD.advice == conclusion.advice[1:]


def test_no_requirements_change_nothing() -> None:
    assert GOOD is apply(Requirements())


def test_a_provider_without_oauth_endpoints_has_no_scopes_to_log_in_with() -> None:
    declared = fitbit.PROVIDER._replace(name="declared", endpoints=None)
    known = known_scopes(google_health.PROVIDER, {**REGISTRY, "declared": declared})
    assert {} == known.others[-1].on_request


@pytest.mark.parametrize(
    ("known", "name", "codes", "same"),
    [
        (FITBIT, "sleep.readonly", ("rsle",), "sleep"),
        (FITBIT, "sleep.writeonly", ("rsle",), "sleep"),
        (FITBIT, f"{PREFIX}sleep.readonly", ("rsle",), "sleep"),
        (FITBIT, "googlehealth.ecg.readonly", ("rsle",), "electrocardiogram"),
        (FITBIT, "activity_and_fitness", ("rsle",), "activity or cardio_fitness"),
        (GOOGLE, "rsle", (f"{PREFIX}ecg.readonly",), "sleep"),
        (GOOGLE, "wset", (f"{PREFIX}ecg.readonly",), "settings or settings.writeonly"),
        (GOOGLE, "heartrate", (f"{PREFIX}ecg.readonly",), "health_metrics_and_measurements"),
    ],
)
def test_a_scope_of_the_other_provider_is_named_with_its_counterpart(
    known: KnownScopes, name: str, codes: tuple[str, ...], same: str
) -> None:
    conclusion = require_scope(known, name, *codes)
    (advice, _) = conclusion.advice
    other = GOOGLE if known is FITBIT else FITBIT
    assert Verdict.INSUFFICIENT_SCOPE is conclusion.verdict
    assert (
        f"{name} is a scope of the {other.title}, and this token belongs to the {known.title}, "
        f"where the same access comes with {same}: require that."
    ) == advice


def test_a_scope_without_a_counterpart_gets_the_list() -> None:
    (advice, _) = require_scope(GOOGLE, "social", f"{PREFIX}ecg.readonly").advice
    assert "social is a scope of the Fitbit Web API, and this token belongs to" in advice
    assert "Require one that it has: activity_and_fitness, ecg," in advice
    assert "login" not in advice


def test_a_provider_without_a_list_of_scopes_owns_none() -> None:
    declared = fitbit.PROVIDER._replace(name="declared", title="Declared API", scopes=())
    known = known_scopes(fitbit.PROVIDER, {**REGISTRY, "declared": declared})
    (advice, _) = require_scope(known, "slep", "rset").advice
    assert (
        "The Fitbit Web API has no scope that tokcheck knows as slep. Did you mean sleep?" in advice
    )
