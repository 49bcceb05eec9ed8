"""Commit message files."""

from pathlib import Path

import pytest

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import contents
from tests.support.tokens import FITBIT, FITBIT_SECRET, GOOGLE, GOOGLE_REFRESH
from tokcheck.core.redact import redact_pieces
from tokcheck.scan import Unreadable
from tokcheck.scan.sources import commit_message


def _message(repository: Repository, text: str) -> str:
    file = repository.write("message", text)
    return contents([commit_message.message_source(str(file))])[str(file)].decode()


def test_a_message_has_no_comments_and_ends_at_the_scissors(repository: Repository) -> None:
    text = (
        "Subject\n# comment\nbody # no comment\n"
        "# ------------------------ >8 ------------------------\ndiff --git a b\n"
    )
    assert "Subject\n\nbody # no comment" == _message(repository, text)


@pytest.mark.parametrize(
    ("expected", "configured"), [("\n# text", ";"), ("; x\n", "auto"), ("; x\n", "#")]
)
def test_what_begins_a_comment_can_be_configured(
    repository: Repository, expected: str, configured: str
) -> None:
    repository.git("config", "core.commentChar", configured)
    assert expected == _message(repository, "; x\n# text")


def test_a_message_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "message").write_text("x\n#y\n")
    assert {"message": b"x\n\n"} == contents([commit_message.message_source("message")])


def test_a_message_that_cannot_be_read(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert [Unreadable(missing, "No such file or directory.")] == list(
        commit_message.message_source(missing)
    )
    with (tmp_path / "large").open("wb") as file:
        file.truncate(17 << 20)
    assert "It is larger than 16 MiB." in str(
        list(commit_message.message_source(str(tmp_path / "large")))
    )


@pytest.mark.parametrize("token", [FITBIT, GOOGLE, GOOGLE_REFRESH, FITBIT_SECRET])
def test_a_token_in_place_of_a_name_is_not_repeated(token: str) -> None:
    (reported,) = commit_message.message_source(token)
    assert "…" in reported.path
    assert redact_pieces(reported.path, [token]) == reported.path
