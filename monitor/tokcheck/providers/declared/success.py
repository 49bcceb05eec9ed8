"""Which response means that the check request was accepted."""

from collections.abc import Sequence

from tokcheck.core.humanize import list_names
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Outcome, Verdict
from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import Response
from tokcheck.providers.declared.declaration import Declaration
from tokcheck.providers.declared.response_rules import is_equal
from tokcheck.providers.rate_limits.numbers import Fields, value_at
from tokcheck.providers.rate_limits.windows import FieldSource

_NO_CONTENT = 204
_FIRST_REDIRECT = 300
_NOUN = r"(?:(?:access|api|auth|bearer|session)[ _-]?)?(?:token|key|credentials?)"
_STATE = r"(?:invalid|not valid|expired|revoked|unknown|not found|denied|rejected)"
# The first words of a text, or the root element of XML.
_ERROR_TEXT = LazyRegex(
    r"(?i)\A\ufeff?\s*(?:<\?xml[^>]*>\s*)?(?:<(?:[\w.-]+:)?|[\"'])?(?:[45]\d\d )?(?:"
    r"error(?:s|response)?|fault|fail(?:ed|ure)|exception|unauthori[sz]ed|unauthenticated|forbidden"
    r"|not (?:authori[sz]ed|authenticated|logged in)|(?:access|permission)[ _-]denied|invalid"
    r"|(?:authentication|authori[sz]ation|login) (?:failed|required)"
    rf"|(?:bad|wrong|expired|revoked|unknown|missing|invalid|no such)[ _-]{_NOUN}"
    rf"|(?:(?:the|this|your) )?{_NOUN} (?:(?:is|was|has) )?{_STATE}"
    r")(?![\w.=-]*[\w=-])"
)


def is_success(response: Response, declaration: Declaration, fields: Fields) -> bool:
    """Return whether a declaration says that this response accepts the token."""
    success = declaration.check.success
    if response.status not in success.statuses:
        return False
    if declaration.check.method == "HEAD":
        return not responses.is_page(response)
    if success.path:
        value = value_at(fields.body, success.path)
        return value is not None if success.equals is None else is_equal(value, success.equals)
    if response.status == _NO_CONTENT:
        return True  # it is declared, and has no body
    # A response that names an error is none of success, even if no rule describes it.
    if isinstance(fields.body, dict | list):
        names_error = isinstance(fields.body, dict) and bool(fields.body.get("error"))
        is_other = isinstance(fields.body, list) and _reads_key(declaration)
        return not response.cut and not names_error and not is_other
    return not response.cut and not _reads_json(declaration) and _is_text_of_api(response, fields)


def is_other_success(response: Response, declaration: Declaration) -> bool:
    """Return whether an API accepts a request with a status that its declaration does not have."""
    is_other = response.status not in declaration.check.success.statuses
    return response.status < _FIRST_REDIRECT and is_other and not responses.is_page(response)


def other_success_outcome(response: Response, declaration: Declaration) -> Outcome:
    """Return the outcome of a check that is accepted with another status than a declared one."""
    known = list_names(map(str, declaration.check.success.statuses), "or")
    return Outcome(
        Verdict.UNDETERMINED,
        f"the server returned HTTP {response.status}, but the declaration accepts only HTTP "
        f"{known}",
        (
            "This says nothing about the token. If the API accepts the check with this status, "
            "add it to success in the declaration.",
        ),
    )


def _reads_json(declaration: Declaration) -> bool:
    """Return whether a declaration reads JSON from the response to an accepted check."""
    accepted = set(declaration.check.success.statuses)
    return bool(_paths_of_values(declaration)) or any(
        rule.path and (not rule.statuses or accepted.intersection(rule.statuses))
        for rule in declaration.refusals
    )


def _reads_key(declaration: Declaration) -> bool:
    """Return whether a declaration reads a value from an object, which no list has."""
    return any(
        not path.removeprefix("$.").partition(".")[0].isdecimal()
        for path in _paths_of_values(declaration)
    )


def _paths_of_values(declaration: Declaration) -> Sequence[str]:
    """Return the paths of the claims and the windows in the response to an accepted check."""
    claims = (declaration.user, declaration.scopes, declaration.expires)
    sources = [claim.field for claim in claims if claim is not None]
    for form in declaration.windows:
        sources.extend(source for source in form if isinstance(source, FieldSource))
    return [source.path for source in sources if source.path]


def _is_text_of_api(response: Response, fields: Fields) -> bool:
    """Return whether a body without an object or a list of JSON may be an API's.

    A page is a portal's or a proxy's.
    """
    if not response.body.strip():
        return True
    if fields.body is None and "json" in response.headers.get("content-type", "").lower():
        return False  # it is damaged
    text = response.body.decode("utf-8", "replace")
    return not responses.is_page(response) and _ERROR_TEXT.match(text) is None
