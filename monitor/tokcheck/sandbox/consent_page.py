"""The HTML of the consent pages: a form without script, and the page of a refused request."""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from tokcheck.sandbox.exchange import HTML, Answer

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
<header>tokcheck sandbox, in place of {provider}. Nothing here is real.</header>
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
<p><label class="field" for="account">Who allows it</label>
<select id="account" name="account">
{accounts}
</select></p>
<fieldset>
<legend>What it may do</legend>
{scopes}
</fieldset>
{included}
<p class="quiet">Then on to <code>{redirect_uri}</code></p>
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


class Choice(NamedTuple):
    """A scope to tick: what is sent back, what it is called, and what it means."""

    value: str
    name: str
    meaning: str
    ticked: bool = True


class Form(NamedTuple):
    """What a consent page shows; ``accounts`` are names with labels, ``account`` is the chosen."""

    provider: str
    app: str
    client_id: str
    redirect_uri: str
    accounts: tuple[tuple[str, str], ...]
    account: str
    choices: tuple[Choice, ...]
    included: tuple[str, ...] = ()
    warning: str = ""
    error: str = ""


def consent_page(form: Form) -> Answer:
    """Return the page that asks; its form goes to the address that it came from."""
    body = _FORM.format(
        app=escape(form.app),
        provider=escape(form.provider),
        client_id=escape(form.client_id),
        redirect_uri=escape(form.redirect_uri),
        notices=_lines(_notices(form)),
        accounts=_lines(_option(form, *account) for account in form.accounts),
        scopes=_lines(_scope(number, choice) for number, choice in enumerate(form.choices)),
        included=_included(form),
    )
    return _page(400 if form.error else 200, form.provider, f"Allow {form.app}?", body)


def error_page(status: int, provider: str, heading: str, error: str, more: str = "") -> Answer:
    """Return the page of a request that is not sent back to the application."""
    body = f'<h1>{escape(heading)}</h1>\n<p class="error" role="alert">{escape(error)}</p>'
    if more:
        body += f"\n<p>{escape(more)}</p>"
    return _page(status, provider, heading, body)


def _page(status: int, provider: str, title: str, body: str) -> Answer:
    text = _PAGE.format(
        title=escape(f"{title} ({provider}, sandbox)"),
        style=_STYLE,
        provider=escape(provider),
        body=body,
    )
    # A lone surrogate, which an address can carry, has no UTF-8.
    return Answer(status, _HEADERS, text.encode("utf-8", "backslashreplace"))


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(parts)


def _notices(form: Form) -> Iterable[str]:
    if form.warning:
        yield f'<p class="warning">{escape(form.warning)}</p>'
    if form.error:
        yield f'<p class="error" role="alert">{escape(form.error)}</p>'


def _option(form: Form, name: str, label: str) -> str:
    selected = " selected" if name == form.account else ""
    return f'<option value="{escape(name)}"{selected}>{escape(label)}</option>'


def _scope(number: int, choice: Choice) -> str:
    ticked = " checked" if choice.ticked else ""
    return (
        f'<div class="scope"><input type="checkbox" id="scope-{number}" name="scope" '
        f'value="{escape(choice.value)}" aria-describedby="meaning-{number}"{ticked}>\n'
        f'<label for="scope-{number}">{escape(choice.name)}</label>\n'
        f'<small id="meaning-{number}">{escape(choice.meaning)}</small></div>'
    )


def _included(form: Form) -> str:
    if not form.included:
        return ""
    return f'<p class="quiet">Always included: {escape(", ".join(form.included))}</p>'
