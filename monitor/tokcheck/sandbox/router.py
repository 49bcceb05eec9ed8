"""The way of one request: its fault if it has one, else the API that its path belongs to."""

import re
from dataclasses import replace
from email.utils import formatdate

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.faults.catalogue import choose
from tokcheck.sandbox.faults.fault import Area, area_of
from tokcheck.sandbox.fitbit import api as fitbit_api
from tokcheck.sandbox.fitbit import consent as fitbit_consent
from tokcheck.sandbox.fitbit import oauth as fitbit_oauth
from tokcheck.sandbox.google import api as google_api
from tokcheck.sandbox.google import consent as google_consent
from tokcheck.sandbox.google import oauth as google_oauth
from tokcheck.sandbox.google import tokeninfo
from tokcheck.sandbox.messages import Answer, Asked, json_answer
from tokcheck.sandbox.state.world import World

_PREFIX = re.compile(r"/~([^/]*)(/.*)?", re.DOTALL)
_HARMLESS = re.compile(r"[A-Za-z0-9.:_-]{1,24}")


def respond(world: World, asked: Asked) -> Answer:
    """Answer a request to either API, count it, and date the answer by the world's clock.

    A path ``/~NAME/…`` fails as the fault of that name does; a request without the prefix as
    somebody asked through the control API.
    """
    name, asked = _split(asked)
    area = area_of(asked.path)
    try:
        fault = choose(name, area) if name is not None else world.faults.take(area)
    except UsageError as error:
        answer = json_answer(400, {"error": error.message, "hint": error.hint})
    else:
        if fault is None:
            answer = _normal(world, asked, area)
        else:
            answer = fault.answer(asked, lambda: _normal(world, asked, area))
    world.record(asked.method, shown_path(asked.path), answer.status)
    date = ("Date", formatdate(world.now(), usegmt=True))
    return replace(answer, headers=(date, *answer.headers))


def shown_path(path: str) -> str:
    """Return ``path`` for the request counts: what might be a secret becomes an ellipsis.

    The shortest credential of both APIs has 28 characters, so short plain segments may stay.
    """
    parts = path.split("/")[:12]
    return "/".join(part if not part or _HARMLESS.fullmatch(part) else "…" for part in parts)


def _split(asked: Asked) -> tuple[str | None, Asked]:
    match = _PREFIX.fullmatch(asked.path)
    if match is None:
        return None, asked
    return match[1], replace(asked, path=match[2] or "/")


def _normal(world: World, asked: Asked, area: Area | None) -> Answer:
    match area:
        case Area.FITBIT_API:
            return fitbit_api.answer(world, asked)
        case Area.GOOGLE_API:
            return google_api.answer(world, asked)
        case Area.TOKENINFO:
            return tokeninfo.answer(world, asked)
        case Area.FITBIT_OAUTH:
            return fitbit_oauth.answer(world, asked)
        case Area.GOOGLE_OAUTH:
            return google_oauth.answer(world, asked)
        case Area.FITBIT_CONSENT:
            return fitbit_consent.answer(world, asked)
        case Area.GOOGLE_CONSENT:
            return google_consent.answer(world, asked)
        case _:
            return google_api.html_not_found()
