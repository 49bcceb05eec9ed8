"""Run the commands of a page as one shell session, in a scratch folder and against the sandbox."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.cli.fork_client import shell_words
from tests.support.paths import ROOT
from tokcheck.providers import REGISTRY
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.sandbox import SandboxState, serve_in_thread

SHOWN_URL = "http://127.0.0.1:19151"
"""The sandbox's address in the documentation; a session replaces it by the real one."""
FITBIT_CLIENT = "23ABCD"
"""An application of the type Personal, as the pages name it."""
_PATIENCE = 300  # seconds for all commands of a page; more than a busy machine needs

# Programs that a session replaces. A command that runs until it is interrupted is interrupted as
# soon as it takes requests.
_STUBS = {
    "pbpaste": 'exec cat "$CLIPBOARD"',
    "fetch-sleep": 'test -n "$FITBIT_TOKEN"',
    "consenting-browser": 'exec "$PYTHON" -S -m tests.support.docs.browser "$@"',
    "tokcheck": """
case " $* " in
  *" --once "* | *" --help "*) ;;
  " serve "* | " sandbox "* | " demo "*) exec "$PYTHON" -S -m tests.support.docs.interrupter "$@" ;;
esac
exec tokcheck-fork "$@"
""",
    "tokcheck-fork": 'exec $FORK "$@"',
}


class Result(NamedTuple):
    """How a command ended and what it printed, both streams as on a terminal."""

    code: int
    output: str


class Session:
    """A scratch folder, a sandbox with made-up people, and the environment of the commands."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        """The folder that the commands run in."""
        self.url = url
        """The sandbox."""
        self.closing = ExitStack()
        """Closed at the end of the session."""
        self.substitutions: list[tuple[str, str]] = [
            ("https://api.fitbit.com", url),
            (SHOWN_URL, url),
            (REGISTRY["fitbit"].oauth.authorize.address, f"{url}/oauth2/authorize"),
        ]
        """Texts of the documentation, and those of the session in their place."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.substitutions += [
            ("127.0.0.1:19152", f"127.0.0.1:{port}"),
            ("127.0.0.1%3A19152", f"127.0.0.1%3A{port}"),
            ("tokcheck login fitbit", f"tokcheck login fitbit --port {port}"),
        ]
        self.env = self._environment()
        redirect_uri = f"http://127.0.0.1:{port}/callback"
        self.post("clients", client_id=FITBIT_CLIENT, kind="personal", redirect_uris=redirect_uri)
        self.clipboard("Authorization: Bearer " + self.fitbit())

    def _environment(self) -> dict[str, str]:
        stubs = self.folder.parent / "bin"
        stubs.mkdir()
        for name, script in _STUBS.items():
            (stubs / name).write_text(f"#!/bin/bash\n{script}\n")
            (stubs / name).chmod(0o755)
        words, (server,) = shell_words()
        kept = {"SSL_CERT_FILE": str(ROOT / "tests" / "support" / "transport" / "authority.pem")}
        declared = {
            service.variable: f"{self.url}/providers/{name}"
            for name, table in TABLES.items()
            for service in provider_of(table).services.values()
        }
        return kept | declared | {
            "PYTHON": sys.executable,
            "FORK": " ".join(words),
            "FORK_SERVER": str(server),
            "PATH": f"{stubs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": os.environ.get("PYTHONPYCACHEPREFIX", ""),
            "HOME": str(self.folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
            "BROWSER": "consenting-browser %s",
            "CLIPBOARD": str(self.folder.parent / "clipboard"),
            "TOKCHECK_HOME": str(self.folder.parent / "home"),
            "TOKCHECK_FITBIT_URL": self.url,
            "TOKCHECK_GOOGLE_HEALTH_URL": self.url,
            "TOKCHECK_GOOGLE_OAUTH_URL": self.url,
            "TOKCHECK_FITBIT_AUTHORIZE_URL": f"{self.url}/oauth2/authorize",
            "TOKCHECK_GOOGLE_AUTHORIZE_URL": f"{self.url}/o/oauth2/v2/auth",
        }  # fmt: skip

    def post(self, path: str, **fields: str) -> dict[str, object]:
        """Send a request to the sandbox's control API and return its answer."""
        data = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(f"{self.url}/sandbox/{path}", data, timeout=30) as response:
            answer: dict[str, object] = json.load(response)
        return answer

    def get(self, path: str) -> dict[str, object]:
        """Return what the sandbox's control API shows."""
        with urllib.request.urlopen(f"{self.url}/sandbox/{path}", timeout=30) as response:
            answer: dict[str, object] = json.load(response)
        return answer

    def fitbit(self, **fields: str) -> str:
        """Return a new Fitbit access token of the sandbox."""
        fields = {"scopes": "settings,sleep", **fields}
        return str(self.post("tokens", provider="fitbit", **fields)["token"])

    def google(self, **fields: str) -> str:
        """Return a new Google access token of the sandbox."""
        fields = {"scopes": "settings,sleep", **fields}
        return str(self.post("tokens", provider="google-health", **fields)["token"])

    def clipboard(self, text: str) -> None:
        """Set what ``pbpaste`` prints."""
        Path(self.env["CLIPBOARD"]).write_text(text)

    def write(self, name: str, text: str) -> None:
        """Write a file into the folder of the session."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, commands: Sequence[str]) -> list[Result]:
        """Run the commands in one shell, so that variables and ``$?`` carry over."""
        results = self.folder.parent / "results"
        results.mkdir(exist_ok=True)
        script: list[str] = []
        for number, command in enumerate(commands):
            real = command
            for shown, replacement in self.substitutions:
                real = real.replace(shown, replacement)
            script += [
                f"{{ {real}\n}} >{results}/{number}.out 2>&1 </dev/null",
                f"code=$?; echo $code >{results}/{number}.code; (exit $code)",
            ]
        subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-c", "\n".join(script)],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            pass_fds=[int(self.env["FORK_SERVER"])],
            timeout=_PATIENCE,
            check=False,
        )
        return [self._result(results, number) for number in range(len(commands))]

    def _result(self, results: Path, number: int) -> Result:
        code = results / f"{number}.code"
        assert code.exists(), f"the session ended before command {number + 1}"
        output = (results / f"{number}.out").read_text()
        for shown, replacement in reversed(self.substitutions):
            output = output.replace(replacement, shown)
        output = output.replace(str(self.folder), "~/project").replace(str(self.folder.parent), "~")
        return Result(int(code.read_text()), output)


@contextmanager
def session(folder: Path) -> Iterator[Session]:
    """Start a sandbox and prepare a session below ``folder`` while the block runs."""
    work = folder / "project"
    work.mkdir(parents=True)
    with serve_in_thread(SandboxState(declared=TABLES.values())) as sandbox:
        prepared = Session(work, sandbox.url)
        with prepared.closing:
            yield prepared


_STEADY = (
    (r"127\.0\.0\.1(:|%3A)\d+", r"127.0.0.1\1PORT"),
    (r"[\w.-]{6}(…|\\u2026)[\w-]{4}", "MASK"),
    (r"\beyJ[\w-]{10,}\.[\w-]+\.[\w-]+", "TOKEN"),
    (r"(fingerprint\W+|sha256:|--finding )[0-9a-f]{12,64}", r"\1FINGERPRINT"),
    (r"state=[\w-]{43}", "state=STATE"),
    (r"code_challenge=[\w-]{43}", "code_challenge=CHALLENGE"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?( UTC|Z)?", "MOMENT"),
    (r"\d{4}-\d\d-\d\d", "DAY"),
    (r"\b\d\d:\d\d(:\d\d)?\b", "TIME"),
    (r"\b\d+ (days?|h|min|s)( \d+ (h|min|s))?\b", "DURATION"),
    (r"\b\d+\.\d+ s\b", "DURATION"),
    (r", within its bud[a-z]*…?", ", within its budget"),  # a longer duration leaves less room
    (r'("\w*(seconds|timestamp|_at)":) [\d.]+', r"\1 SECONDS"),
    (r"(_seconds(?:_total)?\{[^}]*\}) [\d.e+]+", r"\1 SECONDS"),
    (r"(_seconds) [\d.e+]+", r"\1 SECONDS"),
    (r"[█░#=-]{4,}", "BAR"),
    (r"\s+", " "),
)


def steady(text: str) -> str:
    """Replace what differs from run to run: times, ports, fingerprints, and where lines wrap."""
    for pattern, replacement in _STEADY:
        text = re.sub(pattern, replacement, text)
    return text.strip()
