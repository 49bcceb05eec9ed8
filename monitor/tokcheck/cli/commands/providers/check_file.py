"""``tokcheck providers check``: the problems of a declaration, or its description."""

from typing import Annotated

import typer

from tokcheck.cli.commands.providers.provider_list import SCHEMA, Json, render_rows


def check_file(
    file: Annotated[str, typer.Argument(metavar="PATH", help="A declaration in TOML.")],
    *,
    json: Json = False,
) -> int:
    """Check a declaration: every problem with its line, or what was understood."""
    import os
    import sys
    from json import dumps
    from pathlib import Path

    from tokcheck.cli.shared.system.stream_style import width_of
    from tokcheck.core.errors import ExitCode
    from tokcheck.declarations.declaration_text import DeclarationError
    from tokcheck.declarations.description import describe_declaration
    from tokcheck.declarations.files import read_file
    from tokcheck.providers.declared.declaration_table import declaration_from_table

    try:
        table = read_file(Path(file).expanduser())
    except DeclarationError as error:
        if not json:
            raise
        problems = [problem._asdict() for problem in error.problems]
        report = {"schema": SCHEMA, "valid": False, "problems": problems, "declaration": None}
        sys.stdout.write(dumps(report, indent=2) + "\n")
        return ExitCode.USAGE
    declaration = declaration_from_table(table)
    if json:
        report = {"schema": SCHEMA, "valid": True, "problems": [], "declaration": table}
        sys.stdout.write(dumps(report, indent=2) + "\n")
        return ExitCode.USABLE
    headline = f"{declaration.title} ({declaration.name}): the declaration is valid."
    rows = describe_declaration(declaration)
    sys.stdout.write(render_rows(headline, rows, width_of(sys.stdout, os.environ)))
    return ExitCode.USABLE
