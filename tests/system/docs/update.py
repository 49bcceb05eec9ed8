"""Update the outputs that the documentation shows, its picture and the manual pages.

``uv run python -m tests.system.docs.update [PAGE ...]`` runs every command of these pages (default:
all) against the sandbox. An output that differs only in times, ports and fingerprints stays as it
is. A page is not written if one of its commands fails, unless the page shows the exit code.
"""

import sys
import tempfile
from pathlib import Path

from tests.support.docs import picture
from tests.support.docs.markdown import Block, Command, blocks, commands, page_name, pages
from tests.support.docs.scenes import SCENES
from tests.support.docs.session import Result, session, steady
from tests.support.paths import DOCS, ROOT
from tokcheck.cli import typer_app
from tokcheck.cli.manual.roff import file_name, render_roff
from tokcheck.core.errors import ExitCode
from tokcheck.core.version import __version__
from tokcheck.sandbox import FAULTS

MANUAL = ROOT / "monitor" / "man"
FAULT_PAGE = DOCS / "sandbox" / "faults.md"


def run_page(path: Path, folder: Path) -> list[tuple[Command, Result]]:
    """Run all commands of a page and return each with how it ended."""
    found = [
        command for block in blocks(path.read_text(), "console") for command in commands(block.body)
    ]
    with session(folder) as prepared:
        if prepare := SCENES.get(page_name(path)):
            prepare(prepared)
        return list(zip(found, prepared.run([command.text for command in found]), strict=True))


def _rewrite(block: Block, results: list[tuple[Command, Result]]) -> str:
    """Return a block's body with today's outputs."""
    body = ""
    for command, result in results:
        body += f"$ {command.text}\n"
        if command.shown:
            same = steady(command.shown) == steady(result.output)
            lines = [line.rstrip() + "\n" for line in result.output.rstrip().splitlines()]
            body += command.shown if same else "".join(lines)
    return "".join(block.indent + line for line in body.splitlines(keepends=True))


def fault_table() -> str:
    """Return the table of the sandbox's faults."""
    rows = sorted(
        (f"`{fault.name}`", fault.provider, fault.concerns, str(fault.status or ""), fault.title)
        for fault in FAULTS
    )
    lines = [f"| {' | '.join(row)} |" for row in rows]
    head = ["| fault | API | concerns | HTTP | response |", "|---|---|---|---|---|"]
    return "\n".join([*head, *lines, ""])


def _update_faults() -> None:
    text = FAULT_PAGE.read_text()
    FAULT_PAGE.write_text(text[: text.index("| fault |")] + fault_table())


def manual_pages() -> dict[str, str]:
    """Return the manual page of each command by the name of its file."""
    every = typer_app.every_page()
    names = [file_name(page).removesuffix(".1") for page in every]
    return {
        file_name(page): render_roff(
            page, __version__, ["tokcheck"] if page.words else sorted({*names} - {"tokcheck"})
        )
        for page in every
    }


def _update_manual() -> None:
    MANUAL.mkdir(exist_ok=True)
    for path in MANUAL.glob("*.1"):
        path.unlink()
    for name, text in manual_pages().items():
        (MANUAL / name).write_text(text)


def failures(results: list[tuple[Command, Result]]) -> list[tuple[Command, Result]]:
    """Return the commands that failed although the page does not show that by ``echo $?``."""
    followers = [command.text for command, _ in results[1:]] + [""]
    return [
        (command, result)
        for (command, result), follower in zip(results, followers, strict=True)
        if result.code == ExitCode.BUG or (result.code and follower != "echo $?")
    ]


def _update(path: Path) -> bool:
    """Write a page's outputs; return whether all commands ended as the page shows."""
    text = path.read_text()
    if not any(blocks(text, "console")):
        return True
    with tempfile.TemporaryDirectory() as folder:
        results = run_page(path, Path(folder) / "page")
    sys.stdout.write(f"{page_name(path)}: {len(results)} commands\n")
    failed = failures(results)
    if failed:
        for command, result in failed:
            sys.stderr.write(f"$ {command.text}\n{result.output}exit code {result.code}\n")
        sys.stderr.write(f"{page_name(path)} is left as it is.\n")
        return False
    written, end = "", 0
    for block in blocks(text, "console"):
        count = len(commands(block.body))
        written += text[end : block.span[0]] + _rewrite(block, results[:count])
        results, end = results[count:], block.span[1]
    path.write_text(written + text[end:])
    return True


def main(names: list[str]) -> int:
    """Update these pages, or all of them and the picture, and the manual; return the exit code."""
    chosen = [path for path in pages() if not names or page_name(path) in names]
    done = [_update(path) for path in chosen]
    if not names or page_name(FAULT_PAGE) in names:
        _update_faults()
    if not names:
        picture.write()
    _update_manual()
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
