"""The consent page, as far as both providers share it: its HTML, its form and its redirects.

GET shows the form; POST sends the user's decision to the client by a redirect.

https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode

from tokcheck.sandbox.http_messages import HTML, HttpRequest, HttpResponse
from tokcheck.sandbox.state.codes import ChallengeMethod

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --accent: #0b6e6e; --warn: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --accent: #5ec8c8; --warn: #ffb4ab; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
header { padding: .5rem 1rem; border-bottom: 1px solid var(--line); font-size: .875rem; }
main { max-width: 34rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: .75rem 0; overflow-wrap: anywhere; }
code, label { overflow-wrap: anywhere; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0;
  padding: .5rem 1rem; min-width: 0; }
legend { font-weight: 600; padding: 0 .25rem; }
.scope { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 .75rem;
  padding: .5rem 0; }
.scope input { width: 1.25rem; height: 1.25rem; margin: .15rem 0 0; accent-color: var(--accent); }
.scope small, .quiet { grid-column: 2; opacity: .8; font-size: .875rem; }
.field { display: block; font-weight: 600; margin-bottom: .25rem; }
select { width: 100%; font: inherit; padding: .5rem; border: 1px solid; border-radius: .375rem; }
.warning { border-left: .25rem solid var(--warn); padding: .25rem .75rem; margin: 1rem 0; }
.error { color: var(--warn); font-weight: 600; }
.choice { display: flex; gap: .75rem; justify-content: flex-end; flex-wrap: wrap; }
button { font: inherit; font-weight: 600; padding: .625rem 1.5rem; border-radius: .375rem;
  border: 1px solid var(--accent); background: none; color: var(--accent); cursor: pointer; }
button[value=allow] { background: var(--accent); color: Canvas; }
:focus-visible { outline: .1875rem solid var(--accent); outline-offset: .125rem; }
"""

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>tokcheck sandbox in place of {provider}. Nothing here is real.</header>
<main>
{body}
</main>
</body>
</html>
"""

_FORM = """\
<h1>{app} wants access to your {provider} data</h1>
<p class="quiet">Client id: <code>{client_id}</code></p>
{notices}
<form method="post">
<p><label class="field" for="account">Account</label>
<select id="account" name="account">
{accounts}
</select></p>
<fieldset>
<legend>Permissions</legend>
{scopes}
</fieldset>
{included}
<p class="quiet">Continues to <code>{redirect_uri}</code></p>
<p class="choice"><button name="decision" value="deny">Deny</button>
<button name="decision" value="allow">Allow</button></p>
</form>"""

_HEADERS = (
    ("Content-Type", HTML),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
)


class ScopeOption(NamedTuple):
    """A checkbox for one scope; ``value`` is what the form sends."""

    value: str
    name: str
    meaning: str
    ticked: bool = True


class ConsentForm(NamedTuple):
    """The contents of a consent page."""

    provider: str
    app: str
    client_id: str
    redirect_uri: str
    accounts: tuple[tuple[str, str], ...]
    """Name and label of each account."""
    account: str
    """The name of the selected account."""
    choices: tuple[ScopeOption, ...]
    included: tuple[str, ...] = ()
    """Scopes that cannot be unticked."""
    warning: str = ""
    error: str = ""


def consent_page(form: ConsentForm) -> HttpResponse:
    """Return the page with the form, which is sent to the page's own address."""
    body = _FORM.format(
        app=escape(form.app),
        provider=escape(form.provider),
        client_id=escape(form.client_id),
        redirect_uri=escape(form.redirect_uri),
        notices=_join_lines(_notices_html(form)),
        accounts=_join_lines(_account_html(form, *account) for account in form.accounts),
        scopes=_join_lines(
            _scope_html(number, choice) for number, choice in enumerate(form.choices)
        ),
        included=_included_html(form),
    )
    return _render_page(400 if form.error else 200, form.provider, f"Allow {form.app}?", body)


def error_page(
    status: int, provider: str, heading: str, error: str, more: str = ""
) -> HttpResponse:
    """Return an error page, for an error that is not redirected to the client."""
    body = f'<h1>{escape(heading)}</h1>\n<p class="error" role="alert">{escape(error)}</p>'
    if more:
        body += f"\n<p>{escape(more)}</p>"
    return _render_page(status, provider, heading, body)


def _render_page(status: int, provider: str, title: str, body: str) -> HttpResponse:
    text = _PAGE.format(
        title=escape(f"{title} ({provider}, sandbox)"),
        style=_STYLE,
        provider=escape(provider),
        body=body,
    )
    # A URL can hold a lone surrogate, which has no UTF-8.
    return HttpResponse(status, _HEADERS, text.encode("utf-8", "backslashreplace"))


def _join_lines(parts: Iterable[str]) -> str:
    return "\n".join(parts)


def _notices_html(form: ConsentForm) -> Iterable[str]:
    if form.warning:
        yield f'<p class="warning">{escape(form.warning)}</p>'
    if form.error:
        yield f'<p class="error" role="alert">{escape(form.error)}</p>'


def _account_html(form: ConsentForm, name: str, label: str) -> str:
    selected = " selected" if name == form.account else ""
    return f'<option value="{escape(name)}"{selected}>{escape(label)}</option>'


def _scope_html(number: int, choice: ScopeOption) -> str:
    ticked = " checked" if choice.ticked else ""
    return (
        f'<div class="scope"><input type="checkbox" id="scope-{number}" name="scope" '
        f'value="{escape(choice.value)}" aria-describedby="meaning-{number}"{ticked}>\n'
        f'<label for="scope-{number}">{escape(choice.name)}</label>\n'
        f'<small id="meaning-{number}">{escape(choice.meaning)}</small></div>'
    )


def _included_html(form: ConsentForm) -> str:
    if not form.included:
        return ""
    return f'<p class="quiet">Always included: {escape(", ".join(form.included))}</p>'


class ConsentRefusedError(Exception):
    """An authorization request is refused; ``response`` is an error page or a redirect."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True, slots=True)
class Pkce:
    """The code challenge of an authorization request; empty if it has none."""

    challenge: str = ""
    method: ChallengeMethod = "plain"


def parse_challenge_method(text: str | None) -> ChallengeMethod | None:
    """Return the challenge method: plain if it is left out, ``None`` if it is unknown."""
    methods: dict[str | None, ChallengeMethod] = {None: "plain", "plain": "plain", "S256": "S256"}
    return methods.get(text)


def handle_decision(
    request: HttpRequest,
    form: ConsentForm,
    allow: Callable[[str, tuple[str, ...]], HttpResponse],
    deny: Callable[[], HttpResponse],
) -> HttpResponse:
    """Return the page with ``form`` for GET, or the response to the submitted form for POST.

    ``allow`` gets the account's name and the ticked scopes. If no scope is ticked, or the account
    does not exist, the page is shown again with an error.
    """
    if request.method != "POST":
        return consent_page(form)
    decision, account = request.form.get("decision"), request.form.get("account", form.account)
    ticked = {value for name, value in request.form_pairs if name == "scope"}
    form = form._replace(
        account=account,
        choices=tuple(choice._replace(ticked=choice.value in ticked) for choice in form.choices),
    )
    if decision == "deny":
        return deny()
    if decision != "allow":
        return consent_page(form._replace(error="Choose Allow or Deny."))
    if account not in {name for name, _ in form.accounts}:
        return consent_page(form._replace(error="There is no such account."))
    scopes = tuple(choice.value for choice in form.choices if choice.ticked)
    if not scopes and not form.included:
        return consent_page(form._replace(error="Tick at least one box, or choose Deny."))
    return allow(account, (*form.included, *scopes))


def redirect_to_client(uri: str, fields: dict[str, str | None], fragment: str = "") -> HttpResponse:
    """Return the redirect to the client; a field that is ``None`` is left out."""
    separator = "&" if "?" in uri else "?"
    return _redirect(f"{uri}{separator}{_encode_fields(fields)}{fragment}")


def redirect_with_fragment(uri: str, fields: dict[str, str | None]) -> HttpResponse:
    """Return the redirect of the implicit flow: the fields are in the fragment."""
    return _redirect(f"{uri}#{_encode_fields(fields)}")


def _encode_fields(fields: dict[str, str | None]) -> str:
    return urlencode({k: v for k, v in fields.items() if v is not None}, errors="replace")


def _redirect(location: str) -> HttpResponse:
    return HttpResponse(302, (("Location", location), ("Cache-Control", "no-store")))
