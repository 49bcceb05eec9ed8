"""Authorization requests with a fixed state and verifier."""

from tests.support.tokens import FITBIT_CLIENT, FITBIT_CODE, GOOGLE_CLIENT, GOOGLE_CODE
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth import AuthorizationRequest
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY

STATE = "made-up-State_0123456789-abcdefghijklmnopqr"
# https://www.rfc-editor.org/rfc/rfc7636#appendix-B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
BACK = "http://127.0.0.1:19152/callback"

FITBIT = AuthorizationRequest(
    REGISTRY["fitbit"],
    FITBIT_CLIENT,
    BACK,
    ("settings", "sleep"),
    STATE,
    Secret(VERIFIER),
    LoginCommand("fitbit", "alex", no_browser=True),
)
GOOGLE = AuthorizationRequest(
    REGISTRY["google-health"],
    GOOGLE_CLIENT,
    BACK,
    tuple(REGISTRY["google-health"].oauth.scopes[name] for name in ("settings", "sleep")),
    STATE,
    Secret(VERIFIER),
    LoginCommand("google-health", client_file="my client.json"),
)
# The redirects of the two providers.
FITBIT_BACK = f"{BACK}?code={FITBIT_CODE}&state={STATE}#_=_"
GOOGLE_BACK = (
    f"{BACK}?state={STATE}&code={GOOGLE_CODE.replace('/', '%2F')}&scope={'+'.join(GOOGLE.scopes)}"
)
