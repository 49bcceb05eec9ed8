"""A batch of responses is summarized as if each was read, and only the latest of a kind is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.declarations.known_providers import known_providers
from tokcheck.library.observing import response_batch
from tokcheck.library.observing.response_batch import summarize_batch
from tokcheck.library.observing.seen_responses import LedgerPlace, SeenResponse, response_of
from tokcheck.providers.base import Response
from tokcheck.providers.observed.traffic import summarize_responses

_AT = datetime(2026, 11, 29, 10, 0, tzinfo=UTC).timestamp()
_PLACE = LedgerPlace({})
_PROVIDERS = known_providers(None, {})
_KINDS = (
    (200, "x-ratelimit-limit: 200,2000|x-ratelimit-usage: 5#,30#"),
    (200, "x-ratelimit-limit: 200,2000"),
    (200, "x-readratelimit-limit: 100,1000|x-readratelimit-usage: 4#,30#|age: 0"),
    (200, "x-readratelimit-limit: 100,1000|x-readratelimit-usage: 4#,30#|age: 7"),
    (200, "x-ratelimit-limit: 200,2000|x-ratelimit-usage: many"),
    (200, "x-ratelimit-limit: 200,2000|x-ratelimit-usage: "),
    (200, 'ratelimit: "default";r=4#;t=30|ratelimit-policy: "default";q=100;w=60'),
    (200, 'ratelimit: "day";r=4#;t=30|ratelimit-policy: "day";q=100;w=86400'),
    (200, "x-ratelimit-limit: 5000|x-ratelimit-remaining: 4#|x-ratelimit-resource: core"),
    (200, "x-ratelimit-limit: 30|x-ratelimit-remaining: 1#|x-ratelimit-resource: search"),
    (429, "retry-after: 12#"),
    (403, "x-ratelimit-limit: 60|x-ratelimit-remaining: 0|x-ratelimit-reset: 9#"),
    (500, ""),
)


def _seen_response(provider: str, number: int, kind: tuple[int, str]) -> SeenResponse:
    status, lines = kind
    headers = [
        (name, value.strip().replace("#", str(number % 10)).encode())
        for name, _, value in (line.partition(":") for line in lines.split("|") if line)
    ]
    at = _AT + 7 * number
    return SeenResponse(_PLACE, "alex", _PROVIDERS[provider].provider, at, status, headers)


@pytest.mark.parametrize("provider", ["strava", "ietf", "github", "withings"])
@given(kinds=st.lists(st.sampled_from(_KINDS), min_size=1, max_size=40))
def test_a_batch_says_what_all_of_its_responses_say(
    provider: str, kinds: list[tuple[int, str]]
) -> None:
    batch = [_seen_response(provider, number, kind) for number, kind in enumerate(kinds)]
    expected = summarize_responses(batch[0].provider, map(response_of, batch))
    assert expected == summarize_batch(batch)


def test_only_the_latest_of_a_kind_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[dict[str, str]] = []

    def count(seen: SeenResponse) -> Response:
        read.append(dict(response_of(seen).headers))
        return response_of(seen)

    monkeypatch.setattr(response_batch, "response_of", count)
    traffic = summarize_batch(
        [_seen_response("strava", number, _KINDS[0]) for number in range(500)]
    )
    assert ([{"x-ratelimit-limit": "200,2000", "x-ratelimit-usage": "59,309"}], {"2xx": 500}) == (
        read, traffic.classes,
    )  # fmt: skip
