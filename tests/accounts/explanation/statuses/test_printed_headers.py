"""Rate-limit headers, as developer tools and libraries print them beside an error."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.support.providers.probe_responses import problem
from tests.support.tokens import NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.accounts.explanation.statuses.printed_headers import PrintedHeaders
from tokcheck.core.report import Verdict
from tokcheck.providers import REGISTRY

URL = "https://api.fitbit.com/1/user/-/profile.json"
HEADERS = {
    "Fitbit-Rate-Limit-Limit": "150",
    "Fitbit-Rate-Limit-Remaining": "0",
    "Fitbit-Rate-Limit-Reset": "1742",
}
SMALL = {name.lower(): value for name, value in HEADERS.items()}
LIMITED = json.dumps(problem("system", "Too Many Requests"))
FORMS = {
    "curl": "HTTP/2 429\n" + "\n".join(f"{n}: {v}" for n, v in SMALL.items()),
    "devtools": f"Request URL: {URL}\nStatus Code: 429 Too Many Requests\n"
    + "\n".join(f"{n}: {v}" for n, v in SMALL.items()),
    "devtools, two lines": f"Request URL\n{URL}\nStatus Code\n429 Too Many Requests\n"
    + "\n".join(f"{n}\n{v}" for n, v in SMALL.items()),
    "devtools, tabs": f"{URL}\n429 Too Many Requests\n"
    + "\n".join(f"{n}\t{v}" for n, v in SMALL.items()),
    "postman": f"GET {URL}\n429 Too Many Requests\n120 ms\nResponse Headers\n"
    + "\n".join(f"{n}: {v}" for n, v in SMALL.items()),
    "node": f"429 {URL} HTTPError: Response code 429 (Too Many Requests)\n headers: "
    + json.dumps(SMALL, indent=1),
    "undici": f"{URL} status: 429, headers: Headers "
    + str({n: [v] for n, v in SMALL.items()}),
    "dart": f"a status code of 429\nuri: {URL}\nheaders: {{"
    + ", ".join(f"{n}: {v}" for n, v in SMALL.items()) + "}",
    "python": f"HTTPError 429 for {URL}\n{HEADERS}",
    "go": f"GET {URL} 429 Too Many Requests map["
    + " ".join(f"{n}:[{v}]" for n, v in HEADERS.items()) + "]",
    "java": f"{URL} status: 429 {{" + ", ".join(f"{n}=[{v}]" for n, v in SMALL.items()) + "}",
    "pairs": f"{URL} status 429 {[*HEADERS.items()]}",
    "har": f'"url": "{URL}", "status": 429, "headers": '
    + json.dumps([{"name": n, "value": v} for n, v in SMALL.items()]),
    "string": json.dumps(f"{URL} status: 429 " + json.dumps(SMALL)),
}  # fmt: skip


def test_the_headers_are_read_in_every_form() -> None:
    wrong = []
    for name, form in FORMS.items():
        for text in (form, f"{form}\n{LIMITED}", f"{LIMITED}\n{form}"):
            found = explain_message(text, REGISTRY, NOW)
            if (
                found is None
                or found.verdict is not Verdict.RATE_LIMITED
                or "0 of 150 requests" not in found.summary
                or "29 min 2 s after it arrived" not in " ".join(found.advice)
                or "does not say when" in " ".join(found.advice)
            ):
                wrong.append((name, text, found))
    assert [] == wrong


def test_the_nearest_headers_belong_to_a_status() -> None:
    text = f"fitbit-rate-limit-remaining: 70\n{'x' * 300}\n@ fitbit-rate-limit-remaining: 0"
    assert {"fitbit-rate-limit-remaining": "0"} == PrintedHeaders(text).near(text.index("@"))


@given(st.text(alphabet="fitbit-rate-limit-reset: 17\n\"'[", max_size=200))
def test_every_text_is_read(text: str) -> None:
    PrintedHeaders(text).near(0)
