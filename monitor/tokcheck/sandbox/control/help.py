"""The help page of the sandbox, and the list of faults for the command's help."""

from tokcheck.sandbox.faults.catalogue import FAULTS, NAMES

_HELP = """\
tokcheck sandbox: a stand-in for the Fitbit Web API and the Google Health API

Nothing here is real: tokens minted here open nothing else, and real tokens open nothing here.

The APIs
  GET  /1/user/-/devices.json         scope settings
  GET  /1/user/-/profile.json         scope profile
  POST /1.1/oauth2/introspect         token=...
  GET  /tokeninfo                     Authorization: Bearer ...
  POST /tokeninfo                     access_token=...
  GET  /v4/users/me/identity          any scope that reads
  GET  /v4/users/me/profile           scope profile
  GET  /v4/users/me/settings          scope settings
  GET  /v4/users/me/pairedDevices     scope settings; pageSize, pageToken

Consent and tokens
  GET  /oauth2/authorize              Fitbit's consent page
  POST /oauth2/token                  grant_type: authorization_code refresh_token
  POST /oauth2/revoke                 token=...
  GET  /o/oauth2/v2/auth              Google's consent page
  POST /token                         grant_type: authorization_code refresh_token
  POST /revoke                        token=...

The control API: forms or JSON in, JSON out
  GET    /sandbox/accounts
  POST   /sandbox/accounts   name [user_id health utc_offset_minutes devices]
                             health: linked not-linked profile-missing legacy grant-broken
  GET    /sandbox/tokens     without their text
  POST   /sandbox/tokens     [provider account scopes access lifetime client_id issued_at]
                             provider: fitbit google-health; access: read read-write
                             lifetime: seconds, also below 0
  POST   /sandbox/revoke     token: an access token, or a refresh token and all of its grant
  GET    /sandbox/clients    with their secrets, which are made up
  POST   /sandbox/clients    [client_id kind name secret redirect_uris access testing testers
                             verified api_enabled]: a new application, or changes of one
                             kind: personal client server (Fitbit) desktop web (Google)
                             testing: grants die after 7 days; testers: accounts, all if left out
                             api_enabled: the API in a Google client's project
  GET    /sandbox/grants     how refreshes went
  POST   /sandbox/grants     grace: until-used two-minutes none; when Fitbit answers the same
                             refresh again
  GET    /sandbox/requests   what was asked and what each account has spent
  DELETE /sandbox/requests
  GET    /sandbox/window
  POST   /sandbox/window     [provider limit length]; length: 90s 5m 1h
  DELETE /sandbox/window     [account]: open the windows anew
  GET    /sandbox/faults
  POST   /sandbox/faults     fault [times]: the next requests fail; until cleared without times
  DELETE /sandbox/faults

Any path behind /~NAME/ fails as that fault does: give a client this server's address with
/~service-gone at its end as its base URL.

Faults
"""


def welcome() -> str:
    """Return the help page as plain text."""
    width = max(map(len, NAMES))
    rows = (
        f"  {f.name:{width}}  {f.status or '-':>3}  {f.provider:13}  {f.title}"
        for f in sorted(FAULTS, key=lambda f: (f.name, f.provider))
    )
    return _HELP + "\n".join(rows) + "\n"
