import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exporter.fake_backend import (
    ALL,
    AT,
    EXPIRED,
    FINE,
    GOOGLE,
    LIMITED,
    LOW,
    NEW,
    TITLES,
    UNREAD,
    UNSURE,
    hourly,
)
from tokcheck.core.report import Device, Quota
from tokcheck.exporter.state import (
    AccountState,
    Observation,
    ProbeResult,
    Severity,
    assess_severity,
)
from tokcheck.exporter.state.account_state import LimitRefusal, WindowHistory
from tokcheck.exporter.web import View
from tokcheck.exporter.web.page.document import POLICY, render
from tokcheck.exporter.web.page.html import last_sync_html, time_html

VOID = {"meta", "link", "input", "br"}
HOSTILE = "<script>alert(1)</script>\"'&\u202e\u2066\x1b[31m\x00 מרחבא\ud800"


class Page(HTMLParser):
    """Reads a page, and holds that its elements are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert [] == self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append((".".join(self.stack), data))

    def texts_within(self, tag: str) -> list[str]:
        """Return the texts within an element of this name."""
        return [text for path, text in self.texts if tag in path.split(".")]

    @property
    def text(self) -> str:
        return " ".join(" ".join(text for _, text in self.texts).split())


def _page(*states: AccountState, view: View | None = None) -> Page:
    return Page(render(states, TITLES, view or View(AT)))


def _text(*states: AccountState) -> str:
    return _page(*states).text.partition("}")[2].rpartition("Metrics")[2]


def test_the_worst_account_is_first() -> None:
    names = ["grace-course", "study-019", "nightly-fetcher", "study-018", "home-assistant"]
    assert [*names, "study-017", "study-020", "ada-watch"] == _page(*ALL).texts_within("h3")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (EXPIRED, Severity.BROKEN),
        (UNREAD, Severity.BROKEN),
        (LIMITED, Severity.RATE_LIMITED),
        (UNSURE, Severity.UNCLEAR),
        (LOW, Severity.RUNNING_OUT),
        (GOOGLE, Severity.EXPIRES_SOON),
        (NEW, Severity.NOT_PROBED),
        (FINE, Severity.FINE),
        (FINE._replace(source_error="The file is gone."), Severity.FINE),
        (NEW._replace(source_error="The file is gone."), Severity.BROKEN),
        (FINE._replace(quota=hourly(0, -1)), Severity.FINE),
        (FINE._replace(quota=(Quota("hour", 0, 0, None, "headers"),)), Severity.FINE),
    ],
)
def test_the_severity_of_an_account(state: AccountState, expected: Severity) -> None:
    assert expected is assess_severity(state, AT)


def test_the_title_and_the_heading_count_the_problems() -> None:
    page = _page(*ALL)
    assert ["(2) tokcheck: 2 problems, 4 warnings"] == page.texts_within("title")
    assert "2 problems, 4 warnings among 8 accounts" in page.text
    assert (
        "✕ 2 broken ‖ 1 rate-limited ? 1 unclear ! 1 running out ◷ 1 expires soon "
        "… 1 no result yet ✓ 1 fine" in page.text
    )
    assert ["tokcheck: no problem"] == _page(FINE).texts_within("title")
    assert ["tokcheck: 1 warning"] == _page(LOW, FINE).texts_within("title")
    assert "1 account, 1 problem " in _page(EXPIRED).text


def test_a_declared_provider_has_its_title_also_before_its_declaration_was_read() -> None:
    text = _text(FINE._replace(provider="strava"))
    assert "Strava API" in text
    assert "strava" not in text


def test_one_account_is_shown_in_full() -> None:
    page = _page(FINE)
    assert (
        "1 account ada-watch ✓ valid Fitbit Web API This Fitbit Web API token works: 121 of 150 "
        "requests an hour are left; it resets in 25 min. "
        "Quota 121 of 150 an hour 121 of 150 an hour resets in 25 min 12:25 UTC "
        "Expires in 6 h 56 min 18:56 UTC Next probe in 7 min 12:07 UTC "
        "Last result 2 min ago 11:57 UTC "
        "2 devices · battery 41 % of ada-watch Devices "
        "Charge 6 (tracker), battery High 88 %, last sync 1 h 18 min ago 10:41 UTC "
        "Aria Air (scale), battery Medium 41 %, last sync 1 day 6 h ago 2026-01-14 05:02 UTC "
        "Requests 41 success"
    ) == page.text.rpartition("Metrics ")[2]
    (meter,) = [attributes for tag, attributes in page.tags if tag == "meter"]
    assert ("150", "121") == (meter["max"], meter["value"])
    assert "Requests left for ada-watch" == meter["aria-label"]
    assert "2026-01-15T12:25:00Z" in [a["datetime"] for tag, a in page.tags if tag == "time"]


def test_numbers_past_their_reset_are_not_shown() -> None:
    page = _page(FINE._replace(quota=hourly(121, -60)))
    assert "121" not in page.text.rpartition("Metrics")[2]
    assert "reset since; 150 an hour" in page.text
    assert "meter" not in [tag for tag, _ in page.tags]


@pytest.mark.parametrize(
    ("quota", "words"),
    [
        (Quota("hour", 150, None, None, "documented"), "Quota 150 an hour"),
        (Quota("hour", None, 3, None, "headers"), "Quota 3 requests an hour left"),
        (Quota("unknown", None, 1_234, None, "headers"), "Quota 1,234 requests left"),
        (Quota("hour", None, None, None, "headers"), "Quota not known"),
        (Quota("hour", 0, 0, None, "headers"), "Quota 0 of 0 an hour"),
        (Quota("900s", 100, 7, None, "headers", unit="pulls"), "7 of 100 pulls in 15 minutes"),
        (Quota("read day", None, 7, None, "headers", unit="pulls"), "7 pulls a day (read) left"),
        (Quota("minute", 10, 99, None, "headers"), "Quota 99 of 10 a minute"),
        (
            Quota("minute", 300, 287, None, "counted"),
            "287 of 300 a minute at most: only observed requests are counted",
        ),
        (Quota("hour", None, 3, datetime.fromtimestamp(AT - 1, UTC), "headers"), "reset since"),
    ],
)
def test_a_quota_is_shown_as_far_as_it_is_known(quota: Quota, words: str) -> None:
    assert words in _page(FINE._replace(quota=(quota,), observed_at=AT - 10)).text


def test_the_last_refusal_names_its_limits_for_a_day() -> None:
    refusal = LimitRefusal(AT - 90, ("Requests<PerMinute>",))
    page = _page(FINE._replace(last_refusal=refusal)).text
    assert "Last refusal" in page
    assert "Requests<PerMinute>" in page, "escaped"
    assert "Last refusal" not in _page(FINE._replace(last_refusal=refusal._replace(at=0.0))).text


@pytest.mark.parametrize(
    ("severity", "names", "heading"),
    [
        ("broken", ["grace-course", "study-019"], "2 accounts: broken, worst first"),
        ("running-out", ["home-assistant"], "1 account: running out"),
        ("critical", ["grace-course", "study-019"], "2 accounts: critical, worst first"),
        ("warning", ["nightly-fetcher", "study-018", "home-assistant", "study-017"],
         "4 accounts: warning, worst first"),
        ("login-needed", [], "0 accounts: login needed"),
    ],
)  # fmt: skip
def test_a_total_links_to_its_accounts(severity: str, names: list[str], heading: str) -> None:
    page = _page(*ALL, view=View(AT, severity=severity))
    assert names == page.texts_within("h3")
    assert heading in page.text
    assert "2 problems, 4 warnings among 8 accounts" in page.text, "the totals are those of all"
    links = [a.get("href") for tag, a in page.tags if tag == "a"]
    assert "?" in links, "all are a link away"
    assert f"?severity={severity}&refresh=0" in links
    assert ("severity", severity) in [
        (a.get("name"), a.get("value")) for tag, a in page.tags if tag == "input"
    ]


def test_both_filters_apply_together() -> None:
    page = _page(*ALL, view=View(AT, severity="broken", account="study"))
    assert ["study-019"] == page.texts_within("h3")
    assert "1 account: broken with study in the name" in page.text
    links = {attributes.get("href") for tag, attributes in page.tags if tag == "a"}
    assert "api/v1/accounts?account=study&severity=broken" in links


def test_of_many_accounts_those_that_are_fine_have_one_line() -> None:
    fine = [FINE._replace(name=f"fine-{number}") for number in range(5)]
    page = _page(*fine, LOW)
    assert 5 == sum("compact" in (a.get("class") or "") for _, a in page.tags)
    assert "fine-0 ✓ valid 121 of 150, resets in 25 min" in page.text
    assert 5 == page.text.count("Charge 6"), "the rest is folded, not lost"
    assert not any("compact" in (a.get("class") or "") for _, a in _page(*fine[:4], LOW).tags)
    troubled = [FINE._replace(name=f"n{n}", source_error="It is gone.") for n in range(6)]
    assert not any("compact" in (a.get("class") or "") for _, a in _page(*troubled).tags)


def test_the_last_windows_of_a_quota_are_drawn() -> None:
    page = _page(FINE)
    drawn = [a for tag, a in page.tags if tag == "svg"]
    words = "Requests left over the last 6 windows; the fewest: 80"
    assert [("img", words)] == [(a["role"], a["aria-label"]) for a in drawn]
    paths = [a["d"] for tag, a in page.tags if tag == "path"]
    assert paths[0] == "M0 17.2H120"
    assert re.fullmatch(r"M[\d.]+ 8\.2(H[\d.]+(V[\d.]+)?)+H120", paths[1] or "")
    seen = [float(at) for at in re.findall(r"[MH]([\d.]+)", paths[1] or "")]
    assert sorted(seen) == seen


@pytest.mark.parametrize(
    "state",
    [
        FINE._replace(trail=FINE.trail[:1]),
        FINE._replace(trail=(Observation(AT - 90_000, 3), Observation(AT - 80_000, 1))),
        FINE._replace(trail=(Observation(AT + 90, 3), Observation(AT + 100, 1))),
        FINE._replace(trail=(Observation(AT - 850, 140), Observation(AT - 60, 90))),
        FINE._replace(quota=()),
        FINE._replace(quota=(Quota("hour", 0, 0, None, "headers"),)),
        FINE._replace(quota=(Quota("hour", None, 5, None, "headers"),)),
    ],
)
def test_too_little_knowledge_is_not_drawn(state: AccountState) -> None:
    assert "svg" not in [tag for tag, _ in _page(state).tags]


def test_unknown_facts_are_not_shown() -> None:
    text = _text(NEW)
    assert "1 account study-020 … not probed yet Next probe due Last result never" == text.strip()


def test_without_a_reason_and_a_probe_none_is_shown() -> None:
    assert "Next probe none Last result" in _text(UNREAD)


def test_advice_devices_and_requests_are_under_one_summary() -> None:
    page = _page(EXPIRED)
    assert "What to do" in page.texts_within("summary")[0]
    assert "12 not sent: expired" in page.text
    only = _page(NEW._replace(probes={ProbeResult.REFUSED: 1}))
    assert "Requests" in only.texts_within("summary")[0]
    assert "details" not in [tag for tag, _ in _page(NEW).tags]


def test_the_time_when_the_quota_runs_out_is_shown() -> None:
    history = tuple(Observation(AT - 600 + 200 * n, 130 - 30 * n) for n in range(4))
    falling = FINE._replace(name="falling", history=history, quota=hourly(40))
    html = render((FINE, falling), TITLES, View(AT))
    assert 1 == html.count("<dt>Runs out</dt><dd>in 4 min ")
    assert "! valid, running out" in " ".join(re.sub("<[^>]*>", " ", html).split())


def test_of_several_windows_the_one_that_runs_out_first_is_shown() -> None:
    history = tuple(Observation(AT - 600 + 200 * n, 130 - 30 * n) for n in range(4))
    day = hourly(40)[0]._replace(window="day")
    course = WindowHistory("day", history, (Observation(AT - 30_000, 140), *history))
    falling = FINE._replace(
        name="falling", quota=(*hourly(140), day), trail=(), further_histories=(course,)
    )
    html = render((falling,), TITLES, View(AT))
    assert 1 == html.count("<dt>Runs out</dt><dd>in 4 min ")
    assert "<br>of 150 a day</dd>" in html
    assert html.index("40 of 150 a day</span>") < html.index('<svg class="trail"')
    compact = FINE._replace(
        name="fine", quota=(*hourly(140), day._replace(remaining=100)), further_histories=()
    )
    html = render((compact, *(FINE._replace(name=f"b{n}") for n in range(9))), TITLES, View(AT))
    assert "<span>100 of 150 a day, resets in" in html


def test_a_page_has_200_accounts_and_links_keep_the_filter() -> None:
    many = [FINE._replace(name=f"Größe {number:04}") for number in range(450)]
    first = _page(*many)
    assert 200 == len(first.texts_within("h3"))
    assert "450 accounts, 1 to 200, worst first" in first.text
    links = {attributes.get("href") for tag, attributes in first.tags if tag == "a"}
    assert {
        "?page=2", "?refresh=0", "#accounts", "metrics", "api/v1/accounts", "?severity=fine"
    } == links  # fmt: skip
    last = _page(*many, view=View(AT, account=" größe ", page="3", refresh=0))
    assert 50 == len(last.texts_within("h3"))
    assert "Page 3 of 3" in last.text
    links = {attributes.get("href") for tag, attributes in last.tags if tag == "a"}
    assert "?account=gr%C3%B6%C3%9Fe&page=2&refresh=0" in links
    assert ("input", "refresh", "0") in [(t, a.get("name"), a.get("value")) for t, a in last.tags]
    assert "http-equiv" not in str(last.tags)
    one = _page(*many, view=View(AT, account="0123"))
    assert ["Größe 0123"] == one.texts_within("h3")
    assert "1 account with 0123 in the name" in one.text
    assert "No account name contains this" in _page(*many, view=View(AT, account="zzz")).text


@pytest.mark.parametrize("page", ["", "0", "-1", "x", "99999999", "٣", "1e9", "999999"])
def test_any_page_number_is_accepted(page: str) -> None:
    assert 1 == len(_page(FINE, view=View(AT, page=page)).texts_within("h3"))


def test_without_accounts_the_page_says_so() -> None:
    text = _page().text
    assert "There are no accounts yet." in text
    assert "among 0" not in text


@pytest.mark.parametrize("text", [HOSTILE, "\u202e", "a" * 5_000])
def test_hostile_texts_are_escaped(text: str) -> None:
    device = Device(text, text, text, 5, text, "utc")
    state = FINE._replace(
        name=text, provider=text, finding=text, advice=(text,), devices=(device,), timezone=text
    )
    html = render((state, state._replace(source_error=text)), {}, View(AT, account=text))
    page = Page(html)
    assert "script" not in [tag for tag, _ in page.tags]
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    body = html.partition("<body>")[2]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\ud800]", body)
    assert len(html) < 30_000


@settings(deadline=None)
@given(st.text(max_size=50), st.text(max_size=50))
def test_no_name_and_no_filter_breaks_the_page(name: str, account: str) -> None:
    page = _page(FINE._replace(name=name), view=View(AT, account=account, page=account))
    assert "script" not in [tag for tag, _ in page.tags]


def test_an_invisible_name_is_replaced() -> None:
    assert ["(no visible name)"] == _page(FINE._replace(name="\u200b")).texts_within("h3")


@pytest.mark.parametrize("moment", [1e18, -1e18, float("inf"), float("nan")])
def test_a_time_beyond_the_calendar_is_unknown(moment: float) -> None:
    assert "at an unknown time" == time_html(moment, AT)


@pytest.mark.parametrize(
    ("written", "zone", "timezone", "words"),
    [
        ("2026-01-15T11:00:00Z", "utc", None, "1 h ago"),
        ("2026-01-15T11:00:00", "utc", "Asia/Tokyo", "1 h ago"),
        ("2026-01-15T11:00:00", "account-local", "Europe/Berlin", "2 h ago"),
        ("2026-01-15T11:00:00", "account-local", None, "2026-01-15 11:00, in the account's own"),
        ("2026-01-15T11:00:00", "account-local", "Nowhere/At all", "2026-01-15T11:00:00"),
        ("yesterday", "utc", None, "yesterday"),
    ],
)
def test_the_last_sync_is_shown_in_the_accounts_zone(
    written: str, zone: str, timezone: str | None, words: str
) -> None:
    device = Device("x", None, None, None, written, zone)  # type: ignore[arg-type]  # one of the two
    assert last_sync_html(device, timezone, AT).startswith(words)


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = _page(*ALL)
    assert {"script", "iframe", "img", "object"}.isdisjoint({tag for tag, _ in page.tags})
    for _, attributes in page.tags:
        for name in ("src", "href", "action"):
            # Relative, so that the page works behind a path prefix.
            place = attributes.get(name) or "?"
            assert place.startswith(("?", "data:", "#")) or place in {"metrics", "api/v1/accounts"}
    assert "'unsafe" not in POLICY
    assert "script-src" not in POLICY, "default-src 'none' stands for it"
