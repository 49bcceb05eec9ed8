"""The state that each page's commands start from: files, variables, accounts, a repository."""

import json
import subprocess
from collections.abc import Callable, Mapping
from hashlib import sha256
from types import MappingProxyType

from tests.support.docs.markdown import blocks
from tests.support.docs.session import FITBIT_CLIENT, SHOWN_URL, Session
from tests.support.paths import DOCS
from tokcheck.declarations.declaration_text import read_declaration
from tokcheck.sandbox import SandboxState, serve_in_thread


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


def _single_tokens(session: Session) -> None:
    """Leave a token in every place that ``validate`` reads, and some that do not work."""
    token = session.fitbit()
    session.env["FITBIT_TOKEN"] = token
    session.env["OLD_TOKEN"] = session.fitbit(lifetime="-3600")
    session.write("token.txt", f"{token}\n")
    lines = [session.fitbit(), session.fitbit()[:-3], session.fitbit(lifetime="-60")]
    session.write(
        "error.log",
        "google.auth.exceptions.RefreshError: ('invalid_grant: Token has been expired or "
        "revoked.', {'error': 'invalid_grant', 'error_description': 'Token has been expired or "
        "revoked.'})\n",
    )
    session.write("pastes.txt", "".join(f"{line}\n" for line in lines))
    session.substitutions.append(("Bearer eyJ...", f"Bearer {token}"))


def _watched_accounts(session: Session) -> None:
    """Give the exporter accounts from variables, a folder and a configuration file."""
    session.env |= {
        "ANNA_TOKEN": session.fitbit(account="alex"),
        "BEN_TOKEN": session.fitbit(account="bo"),
    }
    # Another user's: an exporter that is stopped at once may have sent a request before.
    session.write("tokens/anna", session.fitbit(account="oldtimer"))
    session.write("accounts.toml", '[accounts.ben]\nenv = "BEN_TOKEN"\nprovider = "fitbit"\n')
    session.substitutions.append(("/run/secrets/tokens", f"{session.folder}/tokens"))
    session.substitutions.append(("/var/lib/node_exporter", str(session.folder)))


def _running_exporter(session: Session) -> None:
    """Start an exporter over the folder of tokens; it ends with the session."""
    _watched_accounts(session)
    words = ["serve", "--tokens-dir", "tokens", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        ["tokcheck-fork", *words],
        cwd=session.folder,
        env=session.env,
        pass_fds=[int(session.env["FORK_SERVER"])],
        stderr=subprocess.PIPE,
        text=True,
    )
    session.closing.callback(process.communicate)
    session.closing.callback(process.terminate)
    assert process.stderr is not None
    line = next(line for line in process.stderr if "Listening on" in line)
    address = line.rpartition("/")[2].strip()
    session.substitutions.append(("127.0.0.1:19150", address))
    ready = ["curl", "-sf", "--retry", "100", "--retry-delay", "0", "--retry-max-time", "30"]
    subprocess.run([*ready, f"http://{address}/-/ready"], check=True, capture_output=True)


def _stored_account(session: Session) -> None:
    """Watched accounts, and a stored one."""
    _watched_accounts(session)
    _login(session)
    login = f"tokcheck login fitbit --client-id {FITBIT_CLIENT} --name alex"
    (result,) = session.run([login])
    assert 0 == result.code, result.output


def _python(session: Session) -> None:
    """Log in, and set the variables that the examples read."""
    _login(session)
    (result,) = session.run([f"tokcheck login fitbit --client-id {FITBIT_CLIENT} --name alex"])
    assert 0 == result.code, result.output


def _web(session: Session) -> None:
    """Write the example of a web configuration, beside accounts to watch."""
    _watched_accounts(session)
    (example,) = blocks((DOCS / "quotas" / "web.md").read_text(), "yaml")
    session.write("web.yml", example.body)


def _login(session: Session) -> None:
    """Register what a login needs, and leave another program's token file."""
    _single_tokens(session)
    session.env |= {"TOKCHECK_FITBIT_CLIENT_SECRET": "", "TOKCHECK_CLIENT_SECRET": ""}
    clients = session.get("clients")["clients"]
    assert isinstance(clients, list)
    desktop = next(client for client in clients if client["kind"] == "desktop")
    installed = {
        "client_id": desktop["client_id"],
        "client_secret": desktop["secret"],
        "redirect_uris": ["http://localhost"],
    }
    session.write("client_secret.json", json.dumps({"installed": installed}))
    tokens = {
        "access_token": session.fitbit(),
        "refresh_token": sha256(b"made up").hexdigest(),
        "expires_in": 28_800,
    }
    session.write("token.json", json.dumps(tokens))


def _leak(session: Session) -> None:
    """Put a token of a public application into the clipboard."""
    session.clipboard(f"FITBIT_TOKEN={session.fitbit()}\n")


def _declaration(session: Session) -> None:
    """Write the declaration that a page begins with, and fake it in a sandbox of its own."""
    first, *_ = blocks((DOCS / "providers" / "declared.md").read_text(), "toml")
    session.write("acme.toml", first.body)
    table = read_declaration(first.body, "acme.toml")
    state = SandboxState(declared=[table])
    sandbox = session.closing.enter_context(serve_in_thread(state))
    session.substitutions.insert(0, (SHOWN_URL, sandbox.url))


def _first_page(session: Session) -> None:
    """Prepare the README: an expired token in the clipboard, a repository, accounts."""
    _single_tokens(session)
    _repository(session)
    _watched_accounts(session)
    session.clipboard(f"FITBIT_TOKEN={session.env['OLD_TOKEN']}\n")


SCENES: Mapping[str, Callable[[Session], None]] = MappingProxyType(
    {
        "README.md": _first_page,
        "docs/check.md": _single_tokens,
        "docs/scan.md": _repository,
        "docs/revoke.md": _leak,
        "docs/accounts.md": _login,
        "docs/providers/declared.md": _declaration,
        "docs/providers/fitbit.md": _login,
        "docs/providers/google-health.md": _login,
        "docs/quotas/backup.md": _stored_account,
        "docs/quotas/index.md": _watched_accounts,
        "docs/quotas/configuration.md": _stored_account,
        "docs/quotas/metrics.md": _watched_accounts,
        "docs/quotas/operations.md": _watched_accounts,
        "docs/quotas/troubleshooting.md": _running_exporter,
        "docs/quotas/web.md": _web,
        "docs/reference/accounts-json.md": _watched_accounts,
        "docs/reference/python-package.md": _python,
        "docs/reference/verdicts.md": _single_tokens,
    }
)
"""By page; a page that is not listed starts with an empty folder."""
