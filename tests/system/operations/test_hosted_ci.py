"""The action for GitHub and the template for GitLab, their scripts run over real commits."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.paths import ROOT
from tests.support.tokens import fitbit

ACTION = ROOT / ".github" / "actions" / "scan" / "action.yml"
TEMPLATE = ROOT / "deploy" / "gitlab" / "scan.gitlab-ci.yml"
NOTHING = 40 * "0"
# After a forced push, no branch has the commit before it, and a new clone lacks it.
LOST = 20 * "ab"


def _git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three commits: nothing, a token, and the token's file deleted."""
    folder = tmp_path / "repository"
    folder.mkdir()
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    (folder / "notes.txt").write_text(f"curl -H 'Authorization: Bearer {fitbit(exp=4102444800)}'\n")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "two")
    _git(folder, "rm", "-q", "notes.txt")
    _git(folder, "commit", "-q", "-m", "three")
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with the command, where both scripts look for it."""
    folder = tmp_path / "runner" / "tokcheck" / "bin"
    folder.mkdir(parents=True)
    command = folder / "tokcheck"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tokcheck "$@"\n')
    command.chmod(0o755)
    return folder


def _run(
    script: str, folder: Path, tools: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "HOME": str(folder.parent),
        "RUNNER_TEMP": str(tools.parents[1]),
        **variables,
    }
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _step(name: str) -> Any:
    steps = yaml.safe_load(ACTION.read_text())["runs"]["steps"]
    return next(step for step in steps if step["name"] == name)


def test_no_script_of_the_action_has_an_expression() -> None:
    """Expressions are put into a script as text: a branch's name could run a command."""
    assert [] == [
        step["name"]
        for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]
        if "${{" in step["run"]
    ]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        pytest.param("HEAD~2", "HEAD", 1, id="a push of both"),
        pytest.param("HEAD~2", "HEAD~1", 1, id="a push of the token"),
        pytest.param("HEAD~1", "HEAD", 0, id="a push that deletes the file"),
        pytest.param(NOTHING, "HEAD", 1, id="the first push of a branch"),
        pytest.param("", "HEAD", 1, id="an event without a start"),
        pytest.param(LOST, "HEAD", 1, id="a forced push"),
    ],
)
def test_the_action_scans_what_was_pushed(
    repository: Path, tools: Path, before: str, after: str, code: int
) -> None:
    step = _step("Scan")
    assert {"ARGUMENTS", "HISTORY", "SARIF", "BEFORE", "AFTER"} == set(step["env"])
    variables = {"ARGUMENTS": "", "HISTORY": "false", "SARIF": "tokcheck.sarif"}
    result = _run(step["run"], repository, tools, BEFORE=before, AFTER=after, **variables)
    assert code == result.returncode, result.stderr
    assert (code == 1) == ("::error file=notes.txt" in result.stdout)
    assert (repository / "tokcheck.sarif").exists()


def test_the_action_names_what_a_shallow_clone_lacks(
    repository: Path, tools: Path, tmp_path: Path
) -> None:
    shallow = tmp_path / "shallow"
    _git(tmp_path, "clone", "-q", "--depth=1", repository.as_uri(), str(shallow))
    result = _run(
        _step("Scan")["run"], shallow, tools,
        BEFORE=_git(repository, "rev-parse", "HEAD~2"), AFTER="HEAD",
        ARGUMENTS="", HISTORY="false", SARIF="",
    )  # fmt: skip
    assert 2 == result.returncode
    assert "git fetch --unshallow" in result.stderr


def test_the_actions_inputs_reach_the_command(repository: Path, tools: Path) -> None:
    step = _step("Scan")
    variables = {"ARGUMENTS": "--exit-zero --exclude *.md", "HISTORY": "true", "SARIF": ""}
    result = _run(step["run"], repository, tools, BEFORE="HEAD~1", AFTER="HEAD", **variables)
    assert 0 == result.returncode, result.stderr
    assert "::error file=notes.txt" in result.stdout
    assert not (repository / "tokcheck.sarif").exists()


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": "HEAD~1"}, 0),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": NOTHING}, 1),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": LOST}, 1),
        (
            {
                "CI_PIPELINE_SOURCE": "merge_request_event",
                "CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD~2",
            },
            1,
        ),
        ({"CI_PIPELINE_SOURCE": "schedule"}, 1),
    ],
    ids=[
        "a push that deletes the file",
        "a new branch",
        "a forced push",
        "a merge request",
        "a schedule",
    ],
)
def test_the_template_scans_what_the_pipeline_is_for(
    repository: Path, tools: Path, variables: dict[str, str], code: int
) -> None:
    job = yaml.safe_load(TEMPLATE.read_text())["tokcheck"]
    (script,) = job["script"]
    more = {**job["variables"], **variables, "CI_COMMIT_SHA": "HEAD"}
    result = _run(script, repository, tools, **more)
    assert code == result.returncode, result.stderr
    report = repository / job["artifacts"]["reports"]["secret_detection"]
    assert '"schema"' in report.read_text()
