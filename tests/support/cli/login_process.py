"""``tokcheck login`` as a process against the sandbox, and the user at its consent page."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.support.cli.processes import Piped
from tests.support.cli.run_result import RunResult
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.store import Store
from tokcheck.sandbox import Sandbox


def variables(sandbox: Sandbox, home: Path) -> dict[str, str]:
    """Return the variables that point a login at the sandbox and a store of the test's own."""
    return {
        "TOKCHECK_FITBIT_URL": sandbox.url,
        "TOKCHECK_GOOGLE_HEALTH_URL": sandbox.url,
        "TOKCHECK_GOOGLE_OAUTH_URL": sandbox.url,
        "TOKCHECK_FITBIT_AUTHORIZE_URL": f"{sandbox.url}/oauth2/authorize",
        "TOKCHECK_GOOGLE_AUTHORIZE_URL": f"{sandbox.url}/o/oauth2/v2/auth",
        "TOKCHECK_HOME": str(home),
        "TZ": "UTC",
        "COLUMNS": "80",
        "BROWSER": "true %s",  # opens nothing and succeeds
    }


class Login(NamedTuple):
    """A login that waits at the consent page at ``address``; ``output`` is what it has printed."""

    process: Piped
    address: str
    output: list[str]

    @property
    def redirect_uri(self) -> str:
        return parse_qs(urlsplit(self.address).query)["redirect_uri"][0]

    def paste(self, text: str) -> RunResult:
        """Paste a text, and return the result of the command."""
        return self.finish(text)

    def finish(self, text: str = "") -> RunResult:
        """Return the result of the command."""
        out, err = self.process.communicate(text, timeout=60)
        return RunResult(self.process.wait(), out, "".join(self.output) + err)


@contextmanager
def login(words: Sequence[str], env: dict[str, str]) -> Iterator[Login]:
    """Start a login, and yield it when it has printed the address and waits."""
    with Piped(["login", *words], {**os.environ, **env}) as process:
        try:
            output: list[str] = []
            address = ""
            for line in process.stderr:
                output.append(line)
                address = address or (line.strip() if line.startswith("  http") else "")
                if line.startswith(("Ctrl-C", "be reached")):
                    break
            yield Login(process, address, output)
        finally:
            process.kill()


def give_consent(
    address: str, *, untick: Sequence[str] = (), account: str = "alex", decision: str = "allow"
) -> str:
    """Submit the consent page's form, and return the address that it redirects to."""
    with httpx.Client() as client:
        page = client.get(address)
        assert 200 == page.status_code, page.text
        scopes = re.findall(r'name="scope" value="([^"]+)"', page.text)
        ticked = [scope for scope in scopes if not scope.endswith(tuple(untick) or "\n")]
        form = {"account": account, "decision": decision, "scope": ticked}
        answer = client.post(address, data=form)
        assert 302 == answer.status_code, answer.text
        return answer.headers["Location"]


def follow_redirect(address: str) -> httpx.Response:
    """Send the redirect to the login's loopback server."""
    return httpx.get(address.partition("#")[0])


def stored_grants(home: Path) -> list[Grant]:
    """Return the grants in the store."""
    if not home.exists():
        return []
    with Store(home) as store:
        return store.grants()


def secrets_of(grants: Sequence[Grant]) -> list[str]:
    """Return every secret of the grants."""
    return [
        secret.reveal()
        for grant in grants
        for secret in (grant.access, grant.refresh, grant.client.secret)
        if secret is not None
    ]


def normalize(text: str) -> str:
    """Replace what differs between runs."""
    text = re.sub(r"127\.0\.0\.1(:|%3A)\d+", r"127.0.0.1\1PORT", text)
    text = re.sub(r"--port \d+", "--port PORT", text)
    text = re.sub(r"state=[\w-]{43}", "state=STATE", text)
    text = re.sub(r"code_challenge=[\w-]{43}", "code_challenge=CHALLENGE", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "MOMENT", text)
    text = re.sub(r"in (7 h 59 min|8 h)", "in 8 h", text)
    text = re.sub(r"in (59 min \d\d s|1 h)", "in 1 h", text)
    text = re.sub(r"in 6 days 23 h", "in 7 days", text)
    return re.sub(r"(eyJhbG|ya29\.a)…[\w-]{4}", r"\1…MASK", text)
