"""Which declared refusal a response is."""

from collections.abc import Iterable
from typing import TypeVar

from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import Response
from tokcheck.providers.declared.declaration import RefusalRule, TokenRefusalRule
from tokcheck.providers.rate_limits.numbers import Fields, value_at

_Rule = TypeVar("_Rule", RefusalRule, TokenRefusalRule)


def find_rule(response: Response, rules: Iterable[_Rule], fields: Fields) -> _Rule | None:
    """Return the first declared refusal that a response is."""
    return next((each for each in rules if _matches(response, each, fields)), None)


def _matches(response: Response, refusal: RefusalRule | TokenRefusalRule, fields: Fields) -> bool:
    if refusal.statuses and response.status not in refusal.statuses:
        return False
    if not refusal.path and not refusal.header:
        if not refusal.contains:
            # A page of a proxy is no answer of the service.
            return not responses.is_page(response)
        return refusal.contains.lower() in response.body.decode("utf-8", "replace").lower()
    value = (
        value_at(fields.body, refusal.path)
        if refusal.path
        else response.headers.get(refusal.header)
    )
    if value is None:
        return False
    if refusal.contains:
        return refusal.contains.lower() in str(value).lower()
    return not refusal.equals or any(is_equal(value, one) for one in refusal.equals)


def is_equal(value: object, expected: object) -> bool:
    """Return whether a value of JSON or of a header is the declared one; ``True`` is not 1."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    return value == expected or (isinstance(value, str) and value == str(expected))
