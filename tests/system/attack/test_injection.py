"""No input writes an escape sequence, a line of its own or a CI runner's command to the log."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.scan.conftest import Repository, Scan
from tests.support.attack.in_process import run_in_process
from tests.support.checks import ticks
from tests.support.cli.processes import Piped
from tests.support.cli.run_result import RunResult
from tests.support.providers.probe_responses import respond
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, NOW
from tokcheck.accounts.names import name_flaw
from tokcheck.checks import Checker, render_json, render_text
from tokcheck.cli.shared.known_secrets import safe_text
from tokcheck.cli.shared.safe_stderr import SafeStderr
from tokcheck.core.errors import ExitCode, TokcheckError, UsageError, join_lines
from tokcheck.core.escape import printable, without_commands
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

HOSTILE = [
    "\n::error::x",
    "\r::add-mask::x",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b2J",
    "x\n##[error]x",
    "##[add-path]x",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[message text='x']",
    "\n  ::stop-commands::x",
    "\u2028::error::x",
    "\x85::error::x",
    "\x0b::error::x",
    "\u202eevil\u2066",
    "a\x00b",
    "\x08\x08\x08",
    "\ttab",
]
# A runner strips white space before it looks at the start of a line, and breaks lines itself.
_COMMAND = re.compile(r"(?m)^\s*::|##\w*\[")


def is_obeyed(text: str) -> bool:
    """Return whether a terminal or a CI runner obeys something in a text."""
    breaks = re.split("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text)
    return any(_COMMAND.search(line) for line in breaks) or not all(
        character.isprintable() or character in "\n\t" for character in text
    )


hostile = st.lists(st.sampled_from([*HOSTILE, "a", "/", "::", "##", "[", " "]) | st.text()).map(
    "".join
)


@settings(max_examples=inputs(500), derandomize=True, deadline=None)
@given(hostile)
@example("##[x]")
@example("###[x]")
@example("####vso[x]")
@example("#\\x23##[x]")
@example(" \t::error::x\n::error::y")
@example("a\n\u00a0::error::x")
def test_nothing_of_a_text_on_standard_error_is_obeyed(text: str) -> None:
    assert not is_obeyed(safe_text(text, [], []))
    assert not is_obeyed(safe_text(f"The path {text} is missing.\n{text}", ["a", text], []))


@settings(max_examples=inputs(500), derandomize=True, deadline=None)
@given(hostile)
def test_a_word_of_the_command_line_is_one_line(word: str) -> None:
    shown = safe_text(f"first {word} last\n", [word], [])
    assert 1 == shown.count("\n")


@settings(max_examples=inputs(500), derandomize=True, deadline=None)
@given(hostile, hostile)
def test_a_message_and_a_hint_are_one_line_each(message: str, hint: str) -> None:
    error = UsageError(f"The file {message} is missing.", hint)
    assert error.message.isprintable()
    assert error.hint.isprintable()
    assert error.message == str(error)
    several = TokcheckError(join_lines("There are:", message, hint))
    assert 2 == several.message.count("\n")
    assert several.message.replace("\n", "").isprintable()


@given(st.text("abc:#[ \n.", max_size=30))
def test_a_text_without_commands_is_unchanged(text: str) -> None:
    if not _COMMAND.search(text) and "##" not in text:
        assert text == without_commands(text)
        assert text == printable(text, keep="\n")


_NAMES = [text for text in HOSTILE if "\x00" not in text]


@pytest.mark.parametrize("text", _NAMES)
@pytest.mark.parametrize("key", ["baseline", "exclude", "kinds", "ignore-expired", "unknown"])
def test_settings_of_a_repository_write_nothing_that_is_obeyed(
    text: str, key: str, repository: Repository
) -> None:
    value = json.dumps(text, ensure_ascii=True)
    written = {
        "baseline": f"baseline = {value}",
        "exclude": f"exclude = [{json.dumps(f'[{text}')}]",
        "kinds": f"kinds = [{value}]",
        "ignore-expired": f"ignore-expired = {value}",
        "unknown": f"{value} = 1",
    }[key]
    repository.write("tokcheck.toml", f"[scan]\n{written}\n")
    repository.write("a", "harmless")
    result = run_in_process(["scan"])
    assert not is_obeyed(result.out + result.err)
    assert result.code in {0, 2, 3}
    assert "this is a bug" not in result.err


@pytest.mark.parametrize("text", _NAMES)
def test_names_of_files_and_refs_write_nothing_that_is_obeyed(
    text: str, repository: Repository, scan: Scan
) -> None:
    name = text.replace("/", "")
    repository.write(name, FITBIT)
    assert not is_obeyed("".join(scan(".", name)[1:]))
    every = ("text", "json", "sarif")
    for words, forms in (
        (["."], every), ([name], every), (["missing" + name], every),
        (["--range", name], every[:1]), (["--baseline", name], every[:1]),
    ):  # fmt: skip
        for form in forms:
            result = run_in_process(["scan", *words, "--format", form])
            assert not is_obeyed(result.out + result.err), words
            assert "this is a bug" not in result.err
            if form != "text" and result.code == ExitCode.NOT_USABLE:
                assert name in _strings(json.loads(result.out))


def _strings(value: object) -> set[str]:
    """Return every string of a JSON value, percent signs undone."""
    if isinstance(value, dict):
        return set().union(*map(_strings, value.values()))
    if isinstance(value, list):
        return set().union(*map(_strings, value))
    return {unquote(value)} if isinstance(value, str) else set()


@pytest.mark.parametrize(
    "words",
    [
        ["validate", "--file"],
        ["validate", "--env"],
        ["validate", "--account"],
        ["validate", "--provider"],
        ["validate", "--min-ttl"],
        ["accounts", "import"],
        ["accounts", "show"],
        ["login", "fitbit", "--client-file"],
        ["serve", "--tokens-dir"],
        ["serve", "--config"],
        ["serve", "--once", "--textfile"],
        ["serve", "--listen"],
        ["token"],
        ["token", "nobody", "--min-ttl"],
        ["sandbox", "--window"],
        [],
    ],
    ids=" ".join,
)
def test_values_of_options_write_nothing_that_is_obeyed(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKCHECK_HOME", str(tmp_path / "home"))
    texts = ("x\n::error::x", "\x1b[31m##[error]x", "::stop-commands::x")
    started = Piped([*words, texts[0]], os.environ)
    results = [RunResult(0, *started.communicate(timeout=60))]
    results += [run_in_process([*words, text]) for text in texts]
    for result in results:
        assert not is_obeyed(result.out + result.err)
        assert result.err
        assert "this is a bug" not in result.err
        assert 2 >= result.err.count("\n") or "Usage" in result.err


@settings(max_examples=inputs(400), derandomize=True, deadline=None)
@given(st.data(), hostile, st.sampled_from([200, 401, 403, 429, 500]))
def test_no_response_of_a_provider_writes_what_is_obeyed(
    data: st.DataObject, text: str, status: int
) -> None:
    def send(_provider: Provider, _request: Request) -> Response:
        body = [
            [{"deviceVersion": text, "type": text, "battery": text, "lastSyncTime": text}],
            {"errors": [{"errorType": text, "message": f"{'long ' * 20}{text}"}]},
            {"error": {"message": text, "status": text}},
        ]
        return respond(status, data.draw(st.sampled_from(body)), {"location": f"https://{text}/"})

    report = Checker(REGISTRY, now=lambda: NOW, timer=ticks(), send=send).check(FITBIT)
    assert not is_obeyed(render_text.render(report, render_text.Style(), REGISTRY))
    assert not is_obeyed(
        render_text.render(report, render_text.Style(), REGISTRY, render_text.Detail.VERBOSE)
    )
    assert not is_obeyed(render_json.render(report))
    assert report.to_dict() == json.loads(render_json.render(report))


@pytest.mark.parametrize("text", _NAMES)
def test_members_of_archives_write_nothing_that_is_obeyed(
    text: str, repository: Repository
) -> None:
    with zipfile.ZipFile(repository.folder / f"a{text.replace('/', '')}.zip", "w") as archive:
        archive.writestr(text, FITBIT)
        archive.writestr(f"{text}.zip", b"PK\x03\x04 damaged")
    for form in ("text", "json", "sarif"):
        result = run_in_process(["scan", "--format", form])
        assert not is_obeyed(result.out + result.err)
        assert ExitCode.NOT_USABLE == result.code


@given(hostile)
def test_no_name_of_an_account_is_obeyed(name: str) -> None:
    assert name_flaw(name) or not is_obeyed(name)


def test_a_folder_with_a_line_break_writes_no_line_of_its_own(tmp_path: Path) -> None:
    home = tmp_path / "a\n::error::x"
    result = subprocess.run(
        [sys.executable, "-m", "tokcheck", "accounts", "list"],
        capture_output=True,
        text=True,
        env={**os.environ, "TOKCHECK_HOME": str(home)},
        check=True,
    )
    assert not is_obeyed(result.stdout + result.stderr)
    assert "\\n" in result.stderr


class RecordingStream:
    """A stream that keeps each write."""

    def __init__(self) -> None:
        self.writes: list[str] = []
        self.encoding = "utf-8"
        self.errors = "replace"
        self.closed = False

    def write(self, text: str) -> int:
        self.writes.append(text)
        return len(text)

    def flush(self) -> None:
        self.writes.append("<flush>")


def _safe(*words: str, **environ: str) -> tuple[RecordingStream, SafeStderr]:
    stream = RecordingStream()
    return stream, SafeStderr(stream, words, environ)  # type: ignore[arg-type]


def test_a_token_that_is_written_in_pieces_is_redacted() -> None:
    stream, safe = _safe(FITBIT)
    for character in f"Invalid: {FITBIT[:60]}\nnext":
        safe.write(character)
    assert ["Invalid: [redacted]\n"] == stream.writes
    safe.flush()
    assert ["next", "<flush>"] == stream.writes[1:]


def test_a_token_that_is_wrapped_over_the_lines_of_a_box_is_redacted() -> None:
    stream, safe = _safe(FITBIT)
    box = "".join(f"│ {FITBIT[at : at + 9]} │\n" for at in range(0, 90, 9))
    safe.write(f"╭──╮\n{box}╰──╯\n")
    assert ["╭──╮\n│ [redacted] │\n╰──╯\n"] == stream.writes


def test_a_line_break_of_a_word_is_escaped() -> None:
    stream, safe = _safe("--file", "a\nb")
    safe.write("No file a\nb.\n")
    assert ["No file a\\nb.\n"] == stream.writes


def test_a_prompt_is_written_when_it_is_flushed_and_bytes_are_refused() -> None:
    stream, safe = _safe()
    safe.write("Client id: ")
    assert [] == stream.writes
    safe.flush()
    assert ["Client id: ", "<flush>"] == stream.writes
    with pytest.raises(TypeError):
        safe.write(b"Client id: ")  # type: ignore[arg-type]
    assert not hasattr(safe, "buffer")


@pytest.mark.parametrize("name", ["TOKCHECK_GOOGLE_CLIENT_ID", "TOKCHECK_FITBIT_URL"])
def test_a_client_id_and_an_address_of_the_environment_are_shown(name: str) -> None:
    value = "a1B2c3D4e5F6g7H8i9J0k1L2"
    stream, safe = _safe(**{name: value})
    safe.write(f"{value}\n")
    assert [f"{value}\n"] == stream.writes
    stream, safe = _safe(CI_PASSWORD=value)
    safe.write(f"{value}\n")
    assert ["a1B2…L2\n"] == stream.writes


def test_a_client_id_of_the_command_line_is_shown() -> None:
    for words in (["--client-id", "a1B2c3D4e5F6g7H8i9J0"], ["--client-id=a1B2c3D4e5F6g7H8i9J0"]):
        stream, safe = _safe("login", *words)
        safe.write("client_id=a1B2c3D4e5F6g7H8i9J0\n")
        assert ["client_id=a1B2c3D4e5F6g7H8i9J0\n"] == stream.writes
    stream, safe = _safe("login", "--client-id", FITBIT)
    safe.write(f"client_id={FITBIT}\n")
    assert ["client_id=[redacted]\n"] == stream.writes
