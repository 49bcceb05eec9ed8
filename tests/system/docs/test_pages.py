"""The pages hold together: links, paths, headings, the picture and the site that is built."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.docs import picture
from tests.support.docs.markdown import page_name, pages
from tests.support.docs.session import steady
from tests.support.paths import DOCS, README, ROOT

_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")
_PATH = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|md|toml|json|yaml|yml|svg))`")
_PACKAGE = ROOT / "monitor" / "tokcheck"


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", pages(), ids=page_name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target, anchor in _LINK.findall(path.read_text()):
        linked = (path.parent / target).resolve() if target else path
        assert linked.exists(), target
        if anchor and linked.suffix == ".md":
            assert anchor[1:] in _anchors(linked.read_text()), f"{target}{anchor}"


@pytest.mark.parametrize("path", pages(), ids=page_name)
def test_every_file_that_is_named_is_there(path: Path) -> None:
    for name in _PATH.findall(path.read_text()):
        places = (ROOT / name, _PACKAGE / name, *path.parent.rglob(name))
        assert "NAME" in name or any(place.exists() for place in places), name


def test_the_readme_is_short_and_links_every_part_of_the_documentation() -> None:
    text = README.read_text()
    assert len(text.splitlines()) <= 165
    parts = {path.relative_to(ROOT).parts[1] for path in DOCS.rglob("*.md")} - {"index.md"}
    assert parts == parts & set(re.findall(r"docs/([\w.-]+)", text))


def test_the_two_commands_come_first() -> None:
    fenced = re.findall(r"```\n(.*?)```", README.read_text(), re.DOTALL)
    assert ["uv run --no-dev tokcheck demo --once\n", "uv run pytest\n"] == fenced[:2]
    assert "uv run pytest\n" in (ROOT / ".ci" / "run").read_text()


def test_the_map_shows_every_room() -> None:
    rooms = {path.name for path in _PACKAGE.iterdir() if (path / "__init__.py").exists()}
    shown = re.findall(r"^\| `(\w+)/` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert set() == rooms - set(shown)


def test_every_page_is_in_the_navigation() -> None:
    named = re.findall(r'"([\w/-]+\.md)"', (DOCS / "zensical.toml").read_text())
    assert sorted(named) == sorted(
        page_name(path).removeprefix("docs/") for path in pages() if path.is_relative_to(DOCS)
    )


def test_the_picture_shows_what_the_commands_print_today() -> None:
    svg = picture.PICTURE.read_text()
    assert steady(picture.strip_colours(picture.capture())) == steady(picture.svg_text(svg))


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.svg")), ids=lambda path: path.name)
def test_a_picture_loads_nothing(path: Path) -> None:
    assert [] == re.findall(r"url\((?!#)|href=|@import|@font-face|<script", path.read_text())


class _Loads(HTMLParser):
    """Collect what a page loads from elsewhere; a link to click on loads nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            outside = re.match(r"(https?:)?//", value or "")
            if outside and tag != "a" and name in {"src", "href", "srcset", "data"}:
                self.found.append(f"{tag} {value}")


def _build(folder: Path) -> "subprocess.CompletedProcess[str]":
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
    return _build_again(folder)


def _build_again(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            *(sys.executable, "-m", "zensical", "build", "--clean", "--strict"),
            *("-f", str(folder / "zensical.toml")),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_site_is_built_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    built = _build(tmp_path)
    assert 0 == built.returncode, built.stdout + built.stderr
    found = sorted((tmp_path / ".site").rglob("*.html"))
    assert len(found) > len(list(DOCS.rglob("*.md")))
    for path in found:
        loads = _Loads()
        loads.feed(path.read_text())
        assert [] == loads.found, path
    for path in (tmp_path / ".site").rglob("*.css"):
        assert [] == re.findall(r"url\(.?https?:[^)]*", path.read_text()), path


@pytest.mark.parametrize("link", ["missing.md", "check.md#missing"])
def test_a_broken_link_fails_the_build(tmp_path: Path, link: str) -> None:
    shutil.copytree(DOCS, tmp_path, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
    index = tmp_path / "index.md"
    index.write_text(f"{index.read_text()}\n[broken]({link})\n")
    config = tmp_path / "zensical.toml"  # without the API page, which takes most of the time
    config.write_text(config.read_text().partition("[project.plugins.mkdocstrings")[0])
    built = _build_again(tmp_path)
    assert built.returncode != 0
    assert "does not exist" in built.stdout + built.stderr
