"""What both consent pages do alike: ask on GET, and on POST send the answer to the application.

https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from tokcheck.sandbox.codes import Method
from tokcheck.sandbox.consent_page import Form, consent_page
from tokcheck.sandbox.exchange import Answer, Asked


class RefusedError(Exception):
    """A request that the page refuses; ``answer`` is what is shown, or the way back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Pkce:
    """The code challenge of a request, empty if it has none."""

    challenge: str = ""
    method: Method = "plain"


def method_of(text: str | None) -> Method | None:
    """Return the challenge method; plain when it is left out, ``None`` for any other."""
    methods: dict[str | None, Method] = {None: "plain", "plain": "plain", "S256": "S256"}
    return methods.get(text)


def decide(
    asked: Asked,
    form: Form,
    allow: Callable[[str, tuple[str, ...]], Answer],
    deny: Callable[[], Answer],
) -> Answer:
    """Show ``form``, or act on what somebody chose in it.

    ``allow`` is given the account's name and the scopes that stayed ticked. Nothing ticked, or an
    account that is not there, brings the page back.
    """
    if asked.method != "POST":
        return consent_page(form)
    decision, account = asked.form.get("decision"), asked.form.get("account", form.account)
    ticked = {value for name, value in asked.pairs if name == "scope"}
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


def redirect(uri: str, fields: dict[str, str | None], fragment: str = "") -> Answer:
    """Return the way back to the application; a field that is ``None`` is left out."""
    query = urlencode({k: v for k, v in fields.items() if v is not None}, errors="replace")
    joint = "&" if "?" in uri else "?"
    location = ("Location", f"{uri}{joint}{query}{fragment}")
    return Answer(302, (location, ("Cache-Control", "no-store")))
