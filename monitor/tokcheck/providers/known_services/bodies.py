"""Bodies of errors that one service alone writes: they show their owner without its name."""

from tokcheck.core.lazy import LazyRegex

# https://developers.strava.com/docs/reference/#api-models-Error : GitHub's entries have the same
# fields, with other resources.
_STRAVA = LazyRegex(
    r"""(?ix)
    \{(?=[^{}]{0,300}["']code["']\s?:)
    (?=[^{}]{0,300}["']field["']\s?:)
    [^{}]{0,300}?["']resource["']\s?:\s?["'](?:AccessToken|Activity|Application|Athlete
      |AuthorizationCode|Club|Gear|PushSubscription|RefreshToken|resource|Route|Segment
      |SegmentEffort|Upload)["']
    """
)
# https://docs.github.com/graphql : a query needs a scope that the token lacks.
_GITHUB = LazyRegex(r"(?i)[\"']type[\"']\s?:\s?[\"']INSUFFICIENT_SCOPES[\"']")
_FORMS = (("strava", _STRAVA), ("github", _GITHUB))


def owner_of_body(text: str) -> str | None:
    """Return the name of the only ready-made provider that writes a body; ``None`` if none does."""
    return next((owner for owner, form in _FORMS if form.search(text) is not None), None)
