"""The addresses of the project: one repository everywhere, and every file that they name exists."""

import re
import tomllib
from typing import Any

from tests.support.paths import ROOT
from tokcheck.cli.typer_app import DOCUMENTATION
from tokcheck.core.version import __version__

_SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
_URLS: dict[str, str] = _SETTINGS["project"]["urls"]
_SOURCE = _URLS["Source"]
_OWNER, _NAME = _SOURCE.removeprefix("https://github.com/").split("/")


def _description_on_index() -> str:
    """Return the README as the index shows it."""
    hook = _SETTINGS["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    text = "".join((ROOT / one["path"]).read_text("utf-8") for one in hook["fragments"])
    for one in hook["substitutions"]:
        text = re.sub(one["pattern"], one["replacement"], text)
    return text.replace("$HFPR_VERSION", __version__)


def test_all_addresses_of_the_metadata_belong_to_one_repository() -> None:
    expected = {
        "Homepage": _SOURCE,
        "Documentation": f"https://{_OWNER}.github.io/{_NAME}/",
        "Source": _SOURCE,
        "Issues": f"{_SOURCE}/issues",
        "Changelog": f"{_SOURCE}/blob/main/CHANGELOG.md",
    }
    assert expected == _URLS
    assert _URLS["Documentation"] == DOCUMENTATION
    assert (ROOT / "CHANGELOG.md").is_file()


def test_every_link_of_the_description_is_absolute_and_leads_to_a_file() -> None:
    text = _description_on_index()
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert [] == [link for link in links if not link.startswith("https://")]
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", text)
    raw = f"https://raw.githubusercontent.com/{_OWNER}/{_NAME}/v{__version__}/"
    assert pictures
    assert [] == [link for link in pictures if not link.startswith(raw)]
    shown = f"{_SOURCE}/blob/v{__version__}/"
    own = [link for link in links if link.startswith((raw, shown))]
    assert len(own) > 20
    places = [re.sub(r"#.*", "", link.removeprefix(raw).removeprefix(shown)) for link in own]
    assert [] == [place for place in places if not (ROOT / place).is_file()]


def test_the_examples_for_other_repositories_name_this_one_and_its_version() -> None:
    examples = "".join(
        (ROOT / name).read_text("utf-8") for name in ("docs/scan.md", ".pre-commit-hooks.yaml")
    )
    repositories = re.findall(r"repo: (\S+)", examples)
    assert {_SOURCE} == set(repositories)
    actions = re.findall(rf"uses: {_OWNER}/{_NAME}/(\S+)@(\S+)", examples)
    assert [(".github/actions/scan", f"v{__version__}")] == actions
    assert (ROOT / ".github/actions/scan/action.yml").is_file()
    versions = re.findall(r"(?:rev|ref): (\S+)", examples)
    assert {f"v{__version__}"} == set(versions)
