"""Pastes of declared providers' tokens: as they are sent, and as a token endpoint answers."""

import json
from pathlib import Path

import pytest

import tokcheck

_TOKEN = "9fb987255edf18049ea088fc4e7820ab"  # tokcheck: allow
_ACCESS = "e0287cea569bf615cefa4dfe6aec2d72e8cd7dbf"  # tokcheck: allow
_REFRESH = "76837d22c75ed58f33afa9728fb314440ab8ccae7b0bd2791876d39c39270008"  # tokcheck: allow
_OAUTH = ["strava", "whoop", "oura", "withings", "polar", "spotify", "gitlab"]
_TOKENS = '[[tokens]]\npattern = "[a-f0-9]{32}"\n'


def _check(tmp_path: Path, credential: str, paste: str, provider: str | None) -> str:
    path = tmp_path / "acme.toml"
    path.write_text(
        'name = "acme"\naddress = "https://api.acme.example"\ncheck = "/me"\n'
        f"[credential]\n{credential}\n{_TOKENS}"
    )
    path.chmod(0o600)
    report = tokcheck.check(
        paste, provider=provider, offline=True, environment={"TOKCHECK_PROVIDERS": str(path)}
    )
    return report.verdict


@pytest.mark.parametrize("provider", ["acme", None])
@pytest.mark.parametrize(
    "form",
    [
        "curl -H '{}' https://api.acme.example/me",
        'curl -H "{}" https://api.acme.example/me',
        "GET /me HTTP/1.1\r\nHost: api.acme.example\r\n{}\r\nAccept: */*\r\n\r\n",
    ],
)
@pytest.mark.parametrize(
    ("credential", "head"),
    [
        ('header = "X-Api-Key"\nscheme = ""', "X-Api-Key: "),
        ('header = "X-Api-Key"\nscheme = ""', "x-api-key: "),
        ('header = "X-Acme-Key"\nscheme = ""', "X-Acme-Key: "),
        ('header = "X-Api-Key"', "X-Api-Key: "),  # which has no word before it, by default
        ('header = "X-Acme"\nscheme = "Key"', "X-Acme: Key "),
        ('scheme = "ApiKey"', "Authorization: ApiKey "),
        ('scheme = ""', "Authorization: "),
        ('scheme = "Bearer"', "Authorization: Bearer "),
    ],
)
def test_a_token_is_found_as_it_is_sent(
    tmp_path: Path, credential: str, head: str, form: str, provider: str | None
) -> None:
    paste = form.format(f"{head}{_TOKEN}")
    assert "unverified" == _check(tmp_path, credential, paste, provider)


@pytest.mark.parametrize("sign", ["'", ",", ";", "@", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
@pytest.mark.parametrize("provider", ["acme", None])
def test_no_part_of_what_a_header_has_is_a_token(
    tmp_path: Path, provider: str | None, sign: str
) -> None:
    paste = f'curl -H "X-Acme-Key: {_TOKEN}{sign}KLMN0123" https://api.acme.example/me'
    assert "unverified" != _check(tmp_path, 'header = "X-Acme-Key"', paste, provider)


@pytest.mark.parametrize("name", ["acme_token", "acme_access_token", "acme-session-token"])
@pytest.mark.parametrize("pattern", ["", 'pattern = "[A-Za-z0-9]{24}"'])
@pytest.mark.parametrize(
    "form", ["{}={}", "{}={}\nX=1", "Cookie: {}={}; path=/", "https://api.acme.example/x?{}={}&y=1"]
)
def test_the_name_of_a_variable_may_begin_as_its_token_does(
    tmp_path: Path, name: str, pattern: str, form: str
) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(
        'name = "acme"\naddress = "https://api.acme.example"\ncheck = "/me"\n'
        f'[[tokens]]\nprefix = "acme{name[4]}"\n{pattern}\n'
    )
    path.chmod(0o600)
    token = f"acme{name[4]}Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2"
    report = tokcheck.check(
        form.format(name, token), offline=True, environment={"TOKCHECK_PROVIDERS": str(path)}
    )
    assert report.credential is not None
    assert ("unverified", len(token)) == (report.verdict, report.credential.length)


@pytest.mark.parametrize("head", ["X-Api-Key", "X-Acme-Key"])
def test_the_key_of_another_host_is_none_of_it(tmp_path: Path, head: str) -> None:
    paste = f'curl -H "{head}: {_TOKEN}" https://api.other.example/me'
    credential = f'header = "{head}"\nscheme = ""'
    assert "unverified" != _check(tmp_path, credential, paste, None)


@pytest.mark.parametrize("separators", [None, (",", ":")])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("provider", [*_OAUTH, None])
def test_a_token_response_has_its_access_token(
    provider: str | None, order: int, separators: tuple[str, str] | None
) -> None:
    fields = {"access_token": _ACCESS, "token_type": "Bearer", "refresh_token": _REFRESH}
    paste = json.dumps(dict([*fields.items()][::order]), separators=separators)
    report = tokcheck.check(paste, provider=provider, offline=True)
    expected = "unverified" if provider else "undetermined"
    assert (expected, 40) == (report.verdict, report.to_dict()["credential"]["length"])
