"""Pasted redirects: a code is taken only from an address with the login's own state."""

import json
from random import Random
from typing import NamedTuple
from urllib.parse import quote, urlencode

from tests.support.accounts.authorization_requests import BACK, FITBIT, GOOGLE, STATE
from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.mutation import damaged_text, odd_text
from tests.support.attack.secrecy import assert_hidden
from tests.support.tokens import FITBIT_CODE, GOOGLE_CODE
from tokcheck.accounts.errors import ConsentError
from tokcheck.accounts.login.pasted_redirect import code_from_paste
from tokcheck.accounts.oauth import AuthorizationRequest
from tokcheck.providers import REGISTRY

_OTHER_STATE = "another-State_9876543210-zyxwvutsrqponmlkji"


class PastedRedirect(NamedTuple):
    """A pasted text, and whether a state other than the login's own was put into it."""

    text: str
    request: AuthorizationRequest
    is_foreign: bool


def _redirect(random: Random) -> PastedRedirect:
    request, code = random.choice(((FITBIT, FITBIT_CODE), (GOOGLE, GOOGLE_CODE)))
    is_foreign = random.random() < 0.4
    fields = {"code": code, "state": _OTHER_STATE if is_foreign else STATE}
    for name in ("error", "error_description", "iss", "scope", "code", "state"):
        if random.random() < 0.1:
            fields.setdefault(name, odd_text(random))
    names = list(fields)
    random.shuffle(names)
    text = f"{BACK}?{urlencode({name: fields[name] for name in names}, errors='replace')}"
    match random.randrange(6):
        case 0:
            text = json.dumps({"url": text})
        case 1:
            text = f"https://accounts.google.com/signin?continue={quote(text, safe='')}"
        case 2:
            text = f"{odd_text(random)} {text} {odd_text(random)}"
        case _:
            pass
    if not is_foreign:
        text = damaged_text(random, text)
    return PastedRedirect(text, request, is_foreign)


def _check_redirect(paste: PastedRedirect) -> None:
    try:
        code = code_from_paste(paste.text, paste.request, REGISTRY).code.reveal()
    except ConsentError as error:
        assert_hidden(
            f"{error.message} {error.hint}", FITBIT_CODE, GOOGLE_CODE, STATE, _OTHER_STATE
        )
        return
    assert code
    assert not paste.is_foreign, f"a code of another login is taken: {paste.text!r}"


FUZZERS = (Fuzzer("redirects", _redirect, _check_redirect),)
