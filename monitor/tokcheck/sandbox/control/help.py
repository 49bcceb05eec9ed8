"""The help page of the sandbox, at ``/`` and ``/sandbox``."""

from tokcheck.sandbox.faults.catalogue import FAULT_NAMES, FAULTS

_HELP = """\
tokcheck sandbox: a local server in place of the Fitbit Web API and the Google Health API

Nothing here is real: tokens issued here work nowhere else, and real tokens do not work here.

The APIs
  GET  /1/user/-/devices.json         scope settings
  GET  /1/user/-/profile.json         scope profile
  GET  /1/user/-/....json             activities, body, foods, sleep, heart rate and the others,
                                      each with its scope; also /1.1/ and /1.2/
  POST /1.1/oauth2/introspect         token=...
  GET  /tokeninfo                     Authorization: Bearer ...
  POST /tokeninfo                     access_token=...
  GET  /v4/users/me/identity          any readable health scope
  GET  /v4/users/me/profile           scope profile
  GET  /v4/users/me/settings          scope settings
  GET  /v4/users/me/pairedDevices     scope settings; pageSize, pageToken
  GET  /v4/users/me/irnProfile        scope irn
  GET  /v4/users/me/dataTypes/TYPE/dataPoints
                                      the scope of the data type; also dataPoints:reconcile; POST
                                      dataPoints:rollUp and :dailyRollUp are empty

Consent and tokens
  GET  /oauth2/authorize              Fitbit's consent page; response_type: code token
  POST /oauth2/token                  grant_type: authorization_code refresh_token; the parameters
                                      may be in the query, too
  POST /oauth2/revoke                 token=...
  GET  /o/oauth2/v2/auth              Google's consent page
  POST /token                         grant_type: authorization_code refresh_token; scope narrows
                                      a refresh
  POST /revoke                        token=...
  GET  /.well-known/openid-configuration
  GET  /oauth2/v3/certs               the key of the ID tokens, a public sample; also v1/certs
  GET  /v1/userinfo                   scope openid, email or profile
  also Google's older paths           /o/oauth2/auth, /o/oauth2/token, /oauth2/v3/token,
                                      /oauth2/v4/token, /o/oauth2/revoke, /oauth2/v1/userinfo

Declared providers, with the options --provider and --providers
  /providers/NAME/...                 the check request, any other request with a token, the
                                      consent page and the token endpoint, each at its own path

The control API: forms or JSON in, JSON out
  GET    /sandbox/accounts
  POST   /sandbox/accounts   name [user_id health utc_offset_minutes devices]
                             health: linked not-linked profile-missing legacy grant-broken
  GET    /sandbox/tokens     without their text
  POST   /sandbox/tokens     [provider account scopes access lifetime client_id issued_at]
                             provider: fitbit google-health, or a declared one, which has no
                             access and takes prefix; access: read read-write
                             lifetime: seconds, also below 0
  POST   /sandbox/revoke     token: an access token, or a refresh token with its whole grant
  GET    /sandbox/clients    with their secrets, which are made up
  POST   /sandbox/clients    [client_id kind name secret redirect_uris access testing testers
                             verified api_enabled]: a new application, or changes to one
                             kind: personal client server (Fitbit) desktop web (Google)
                             confidential public (with provider, a declared one)
                             testing: grants expire after 7 days; testers: accounts, default all
                             api_enabled: whether the API is on in a Google client's project
  GET    /sandbox/grants     outcomes of refreshes
  POST   /sandbox/grants     grace: until-used two-minutes none: how long Fitbit repeats the
                             response to a repeated refresh
  GET    /sandbox/requests   request counts, in all and of each account
  DELETE /sandbox/requests
  GET    /sandbox/window
  POST   /sandbox/window     [provider limit length]; length: 90s 5m 1h
                             of a declared provider: provider [window limit length form]
                             form: current draft-07 draft-06, of the standard fields
  DELETE /sandbox/window     [account]: reset the windows
  GET    /sandbox/faults
  POST   /sandbox/faults     fault [times]: the next requests fail; without times, until cleared
  DELETE /sandbox/faults
  GET    /sandbox/answers
  POST   /sandbox/answers    path [method status headers body]: this response instead of the
                             sandbox's own, once the token, the scope and the window allow it
  DELETE /sandbox/answers    [path]: of one path, or all

Any path below /~NAME/ fails with that fault: for example, give a client this server's address
followed by /~service-gone as its base URL.

Faults
"""


def help_page() -> str:
    """Return the help page as plain text."""
    width = max(map(len, FAULT_NAMES))
    rows = (
        f"  {f.name:{width}}  {f.status or '-':>3}  {f.provider:13}  {f.title}"
        for f in sorted(FAULTS, key=lambda f: (f.name, f.provider))
    )
    return _HELP + "\n".join(rows) + "\n"
