"""Token files as other programs write them, and how the tests read one."""

import json
from typing import Any

from tests.support.tokens import (
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    NOW,
    fitbit,
)
from tests.support.tokens import GOOGLE_REFRESH as SHORT_GOOGLE_REFRESH
from tokcheck.accounts.token_files.token_file import parse_token_file
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY

FITBIT = fitbit("rsle rset")
GOOGLE_REFRESH = SHORT_GOOGLE_REFRESH + "t" * 49  # 103 characters, as most have
SLEEP = "https://www.googleapis.com/auth/googlehealth.sleep.readonly"
EXPIRES = NOW.timestamp() + 25_200  # as the made-up token itself says
RESPONSE = {
    "access_token": FITBIT, "expires_in": 28800, "refresh_token": FITBIT_REFRESH,
    "scope": "sleep settings", "token_type": "Bearer", "user_id": "7TESTS",
}  # fmt: skip
AUTHORIZED_USER = {
    "token": GOOGLE, "refresh_token": GOOGLE_REFRESH, "client_id": GOOGLE_CLIENT,
    "token_uri": "https://oauth2.googleapis.com/token", "client_secret": GOOGLE_SECRET,
    "scopes": [SLEEP], "universe_domain": "googleapis.com", "account": "",
    "expiry": "2026-01-15T12:59:59.123456Z",
}  # fmt: skip
SECRETS = (FITBIT, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET)


def read_fields(value: Any, wanted: str | None = None, **options: Any) -> dict[str, Any]:
    text = value if isinstance(value, str) else json.dumps(value)
    fields = parse_token_file(text, REGISTRY, wanted, **options)._asdict()
    del fields["saved_at"], fields["has_damaged_client_id"]
    return {k: v.reveal() if isinstance(v, Secret) else v for k, v in fields.items()}


FITBIT_FIELDS = {
    "provider": "fitbit", "refresh": FITBIT_REFRESH, "access": FITBIT, "client_id": "23TEST",
    "client_secret": None, "expires_at": EXPIRES, "scopes": ("sleep", "settings"),
    "user_id": "7TESTS",
}  # fmt: skip
GOOGLE_FIELDS = {
    "provider": "google-health", "refresh": GOOGLE_REFRESH, "access": GOOGLE,
    "client_id": GOOGLE_CLIENT, "client_secret": GOOGLE_SECRET,
    "expires_at": NOW.timestamp() + 3599.123456, "scopes": (SLEEP,), "user_id": None,
}  # fmt: skip
HOME_ASSISTANT = {
    "version": 1,
    "data": {
        "entries": [
            {"domain": "sun", "data": {}, "title": "Sun"},
            {
                "domain": "fitbit", "title": "Alex", "unique_id": "7TESTS",
                "data": {"auth_implementation": "fitbit_23test", "token": RESPONSE},
            },
        ]
    },
}  # fmt: skip
