"""Google access tokens that are not of the Google Health API: by their client and their scopes.

Every Google access token begins with ya29.; only its scopes show which APIs it is for.
"""

from tokcheck.core.report import Claims, Outcome, Verdict
from tokcheck.providers.google_health.scopes import is_health_token

# The numbers of Google's own projects, with which the ids of its tools' clients begin.
# https://github.com/googleapis/google-auth-library-python/blob/main/google/auth/_cloud_sdk.py
# https://docs.cloud.google.com/docs/authentication/application-default-credentials
# https://developers.google.com/oauthplayground
_GOOGLE_TOOLS = {
    "764086051850": "gcloud's application default credentials",
    "32555940559": "the gcloud command line",
    "407408718192": "Google's OAuth playground",
}
# https://developers.google.com/fit/datatypes#authorization_scopes
_FIT = "https://www.googleapis.com/auth/fitness."
_DENIALS = {Verdict.API_DISABLED, Verdict.INSUFFICIENT_SCOPE, Verdict.NOT_PERMITTED}
_OWN_CLIENT = (
    "Create an OAuth client in a Google Cloud project of your own, enable the Google Health API "
    "there, and have the user consent: `tokcheck login google-health --client-file "
    "client_secret.json`."
)
_LOG_IN = (
    "Have the user consent to scopes of the Google Health API: `tokcheck login google-health "
    "--client-file client_secret.json`."
)
_FIT_ENDS = "The scopes of Google Fit give no access to the Google Health API."


def google_tool(claims: Claims | None, project: str | None = None) -> str | None:
    """Return which tool of Google's a token comes from, by its client or its project's number."""
    client = (claims.client_id if claims is not None else None) or ""
    number = client.split(".")[0].partition("-")[0]
    return _GOOGLE_TOOLS.get(number) or _GOOGLE_TOOLS.get(project or "")


def conclude_own_project(source: str) -> Outcome:
    """Return the outcome for an API that is disabled in a project of Google's own."""
    return Outcome(
        Verdict.API_DISABLED,
        f"the token comes from {source}, and its project is Google's own",
        (_OWN_CLIENT,),
    )


def explain_origin(outcome: Outcome, claims: Claims | None) -> Outcome:
    """Return the outcome of a token that the API denies, explained by its client and scopes."""
    if claims is None or claims.scopes is None or is_health_token(claims):
        return outcome
    if outcome.verdict not in _DENIALS:
        return outcome
    source = google_tool(claims)
    if source is not None:
        return outcome._replace(
            verdict=Verdict.INSUFFICIENT_SCOPE,
            detail=f"it comes from {source} and has no scope of the Google Health API",
            advice=(_OWN_CLIENT,),
            remedy=(),
        )
    if any(name.startswith(_FIT) for name in claims.scopes):
        return outcome._replace(
            verdict=Verdict.INSUFFICIENT_SCOPE,
            detail="it has scopes of Google Fit and none of the Google Health API",
            advice=(_FIT_ENDS,),
            remedy=(_LOG_IN,),
        )
    return outcome
