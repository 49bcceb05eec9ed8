"""What each page's commands find when they start: files, variables, accounts, a repository."""

import subprocess
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.support.docs.session import FITBIT_CLIENT, SERVER_CLIENT, Session


def _git(session: Session, *words: str) -> None:
    subprocess.run(
        ["git", *words], cwd=session.folder, env=session.env, check=True, capture_output=True
    )


def _repository(session: Session) -> None:
    """Make a repository of two commits, with a pasted token that is staged."""
    _git(session, "init", "--quiet", "--initial-branch=main")
    session.write("README.md", "# Sleep report\n")
    _git(session, "add", ".")
    _git(session, "commit", "--quiet", "--message=Begin")
    _git(session, "checkout", "--quiet", "-b", "report")
    session.write("report.py", "print('slept well')\n")
    _git(session, "add", ".")
    _git(session, "commit", "--quiet", "--message=Add the report")
    session.write("notes/curl.txt", f"curl -H 'Authorization: Bearer {session.fitbit()}' URL\n")
    _git(session, "add", ".")


def _watched(session: Session) -> None:
    """Give the exporter accounts from variables, a folder and a configuration file."""
    session.env |= {
        "ANNA_TOKEN": session.fitbit(account="alex"),
        "BEN_TOKEN": session.fitbit(account="bo"),
    }
    session.write("tokens/anna", session.env["ANNA_TOKEN"])
    session.write("accounts.toml", '[accounts.ben]\nenv = "BEN_TOKEN"\nprovider = "fitbit"\n')
    session.substitutions.append(("/run/secrets/tokens", f"{session.folder}/tokens"))
    session.substitutions.append(("/var/lib/node_exporter", str(session.folder)))


def _single(session: Session) -> None:
    """Leave one token in every place that ``validate`` reads."""
    token = session.fitbit()
    session.env["FITBIT_TOKEN"] = token
    session.write("token.txt", f"{token}\n")
    lines = [session.fitbit(), session.fitbit()[:-3], session.fitbit(lifetime="-60")]
    session.write("pastes.txt", "".join(f"{line}\n" for line in lines))
    session.substitutions.append(("Bearer eyJ...", f"Bearer {token}"))


def _accounts(session: Session) -> None:
    """Register what a login needs, and leave other programs' token files."""
    _single(session)
    session.env |= {"TOKCHECK_FITBIT_CLIENT_SECRET": "", "TOKCHECK_CLIENT_SECRET": ""}
    clients = session.get("clients")["clients"]
    assert isinstance(clients, list)
    desktop = next(client for client in clients if client["kind"] == "desktop")
    session.write(
        "client_secret.json",
        '{"installed": {"client_id": "%s", "client_secret": "%s", "redirect_uris": '
        '["http://localhost"]}}' % (desktop["client_id"], desktop["secret"]),
    )


SCENES: Mapping[str, Callable[[Session], None]] = MappingProxyType(
    {
        "README.md": lambda session: (_single(session), _repository(session), _watched(session)),
        "docs/check.md": _single,
        "docs/scan.md": _repository,
        "docs/accounts.md": _accounts,
    }
)
"""By page; a page that is not listed starts with an empty folder."""

CODES: Mapping[tuple[str, str], int] = MappingProxyType({})
"""The exit code of a command that does not end with 0, by page and command."""
