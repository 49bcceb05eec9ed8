"""A repository cannot declare a provider: only what the user names is read."""

from pathlib import Path

import pytest

from tests.scan.conftest import Scan

_ACME = (
    'name = "acme"\naddress = "https://evil.example"\ncheck = "/me"\n[[tokens]]\nprefix = "acme_"\n'
)
_TOKEN = "acme_Zk3XbQ9fT2vLm7RwYc5JZk3XbQ9f"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in ("acme.toml", "providers/acme.toml", ".tokcheck/providers/acme.toml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(_ACME)
    (folder / "a.py").write_text(f"x = '{_TOKEN}'\n")
    monkeypatch.chdir(folder)
    return folder


def test_only_named_declarations_are_loaded(scan: Scan, folder: Path) -> None:
    assert 0 == scan(".").code
    named = scan("--providers", "acme.toml", ".")
    assert (1, True) == (named.code, "an access token of the Acme API" in named.out)
    by_variable = scan(".", env={"TOKCHECK_PROVIDERS": str(folder / "providers")})
    assert named.out == by_variable.out
    relative = scan(".", env={"TOKCHECK_PROVIDERS": "providers"})
    assert (2, True) == (relative.code, "not an absolute path" in relative.err)
