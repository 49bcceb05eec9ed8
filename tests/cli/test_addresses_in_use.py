"""Every command that reads a paste knows the addresses that the environment sets."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.support.suite.cases import each_case

_URL = "http://127.0.0.1:9"  # nothing listens there
_PREFIXED = "glpat-Ab3dEf6hIj9kLm2nOp5q"  # tokcheck: allow
_CURL = f"curl {_URL}/api/v4/user -H 'Authorization: Bearer {_PREFIXED}'\n"
_RAW = "f00dfeedf00dfeed1122334455667788aabbccdd"  # tokcheck: allow
_FILE = json.dumps(
    {"url": f"{_URL}/x", "access_token": _RAW, "refresh_token": _RAW[::-1], "client_id": "5"}
)


@each_case(
    ("words", "variable", "content", "known", "unknown"),
    [
        (
            ("validate", "--offline", "--file", "a.txt"),
            "TOKCHECK_STRAVA_URL",
            _FILE,
            "This Strava API token looks right",
            "names an unknown host",
        ),
        (
            ("accounts", "import", "a.txt", "--name", "kim"),
            "TOKCHECK_STRAVA_URL",
            _FILE,
            "an account of the Strava API",
            "does not say which provider's tokens these are",
        ),
        (
            ("scan", "a.txt"),
            "TOKCHECK_GITLAB_URL",
            _CURL,
            "tokcheck revoke --finding",
            "at the service that issued it",
        ),
        (
            ("revoke", "--yes", "-"),
            "TOKCHECK_GITLAB_URL",
            _CURL,
            "The GitLab API revokes this token only for its application",
            "names an unknown host",
        ),
    ],
)
def test_a_server_of_the_user_is_known(
    run: Run,
    tmp_path: Path,
    words: tuple[str, ...],
    variable: str,
    content: str,
    known: str,
    unknown: str,
) -> None:
    file = tmp_path / "a.txt"
    file.write_text(content)
    file.chmod(0o600)
    words = tuple(word.replace("a.txt", str(file)) for word in words)
    home = {"TOKCHECK_HOME": str(tmp_path / "home")}
    for environment, expected in (({}, unknown), ({variable: _URL}, known)):
        result = run(*words, stdin=content, env={**home, **environment})
        printed = " ".join(f"{result.out} {result.err}".split())
        assert expected in printed, printed
