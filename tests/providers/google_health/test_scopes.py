import pytest

from tokcheck.providers import google_health

PREFIX = "https://www.googleapis.com/auth/googlehealth."


@pytest.mark.parametrize("name", google_health.PROVIDER.scopes)
def test_each_google_scope_reads_or_writes(name: str) -> None:
    for ending, access in (("readonly", "read"), ("writeonly", "write")):
        explained = google_health.scope(f"{PREFIX}{name}.{ending}")
        assert (name, f"{PREFIX}{name}.{ending}", access) == explained[:3]
        assert explained.description


@pytest.mark.parametrize(
    ("name", "known", "code"),
    [
        ("sleep", True, f"{PREFIX}sleep"),
        ("new_thing", False, f"{PREFIX}new_thing.readonly"),
        ("openid", False, "openid"),
        ("userinfo.email", False, "https://www.googleapis.com/auth/userinfo.email"),
        ("https://mail.google.com/", False, "https://mail.google.com/"),
    ],
)
def test_other_google_scopes_are_shown_as_they_are(name: str, code: str, *, known: bool) -> None:
    explained = google_health.scope(code)
    assert (name, code) == explained[:2]
    assert known == (explained.description is not None)


def test_google_health_has_no_successor() -> None:
    assert google_health.same_access((google_health.scope(f"{PREFIX}sleep.readonly"),)) == {}
