"""Credentials of other protocols: named as what they are, with what to do."""

import json

import pytest

from tests.support.checks import Sender, check
from tests.support.tokens import FITBIT, GOOGLE_CLIENT
from tokcheck.core.report import Verdict

_PEM = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEF\n" * 20
SERVICE_ACCOUNT = {
    "type": "service_account",
    "project_id": "proj-1",
    "private_key_id": "d1a5ac9a015fac2ef7b341673635512a1511f41f",
    "private_key": f"{_PEM}-----END PRIVATE KEY-----\n",
    "client_email": "svc@proj-1.iam.gserviceaccount.com",
    "client_id": "123456789012345678901",
}
_OAUTH_1 = (
    'OAuth oauth_consumer_key="0123456789abcdef0123456789abcdef", oauth_nonce="abc", '
    'oauth_signature_method="HMAC-SHA1", oauth_token="fedcba9876543210fedcba9876543210", '
    'oauth_signature="tnnArxj06cWHq44gCs1OSKk%2FjLY%3D"'
)
_H = "0123456789abcdef0123456789abcdef"
_OAUTH_1_TOKENS = f"oauth_token={_H}&oauth_token_secret={_H[::-1]}&encoded_user_id=23ABCD"


@pytest.mark.parametrize(
    ("summary", "advice", "text"),
    [
        ("key of a service account", "tokcheck login", json.dumps(SERVICE_ACCOUNT)),
        ("key of a service account", "tokcheck login", json.dumps(SERVICE_ACCOUNT, indent=2)),
        ("key of a service account", "tokcheck login", repr(SERVICE_ACCOUNT)),
        ("key of a service account", "Delete the key", json.dumps(json.dumps(SERVICE_ACCOUNT))),
        ("key of a service account", "tokcheck login", '{"type": "service_account", "project'),
        ("private key", "begins with eyJ", f"{_PEM}-----END PRIVATE KEY-----"),
        ("private key", "Replace the key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"),
        ("private key", "Replace the key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl"),
        ("signed by OAuth 1.0", "OAuth 2.0", f"Authorization: {_OAUTH_1}"),
        ("signed by OAuth 1.0", "OAuth 2.0", f"curl -H 'Authorization: {_OAUTH_1}' https://x.y"),
        ("token and secret of OAuth 1.0", "OAuth 2.0", _OAUTH_1_TOKENS),
        ("token and secret of OAuth 1.0", "OAuth 2.0", '{"oauth_token_secret": "ab12", "user": 1}'),
        ("token and secret of OAuth 1.0", "OAuth 2.0", f"OAuth1Session('{_H}', '{_H}')"),
        (
            "token and secret of OAuth 1.0",
            "OAuth 2.0",
            f"auth=OAuth1('{_H}', client_secret='{_H}')",
        ),
        (
            "token and secret of OAuth 1.0",
            "OAuth 2.0",
            f"fitbit.Fitbit(K, resource_owner_key='{_H}')",
        ),
        (
            "token and secret of OAuth 1.0",
            "OAuth 2.0",
            f"http://localhost:8080/?oauth_token={_H}&oauth_verifier={_H}",
        ),
        (
            "signed by OAuth 1.0",
            "OAuth 2.0",
            "https://api.fitbit.com/oauth/request_token?oauth_consumer_key=ab12&oauth_nonce=1",
        ),
    ],
)
def test_a_credential_of_another_protocol_is_of_the_wrong_kind(
    summary: str, advice: str, text: str
) -> None:
    send = Sender()
    report = check(text, send)
    assert (Verdict.WRONG_KIND, False) == (report.verdict, report.usable)
    assert summary in report.summary
    assert advice in " ".join(report.advice)
    assert [] == send.requests


def test_an_access_token_beside_it_is_the_one_that_was_meant() -> None:
    assert Verdict.UNVERIFIED is check(f"{json.dumps(SERVICE_ACCOUNT)}\n{FITBIT}").verdict


def test_a_client_of_oauth_2_is_no_service_account() -> None:
    text = json.dumps({"installed": {"client_id": GOOGLE_CLIENT, "project_id": "proj-1"}})
    assert "This is a client id, not an access token." == check(text).summary
