"""``tokcheck providers list`` and ``show``: the providers in use."""

from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.provider_name import PROVIDER_METAVAR
from tokcheck.cli.shared.typer_help import Declarations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
SCHEMA = "tokcheck.providers/1"
_LABEL_COLUMNS = 14


def list_providers(*, providers: Declarations = None, json: Json = False) -> None:
    """List all providers: the built-in ones, ready-made declarations, and your own."""
    import os
    import sys
    from json import dumps

    from tokcheck.cli.shared.system.stream_style import width_of
    from tokcheck.core.humanize import wrap_text
    from tokcheck.declarations.known_providers import known_providers

    known = known_providers(providers, os.environ)
    if json:
        listed = [
            {
                "name": name,
                "title": one.provider.title,
                "origin": one.origin,
                "address": one.provider.services["api"].address,
            }
            for name, one in known.items()
        ]
        sys.stdout.write(dumps({"schema": SCHEMA, "providers": listed}, indent=2) + "\n")
        return
    longest = max(map(len, known))
    columns = width_of(sys.stdout, os.environ)
    for name, one in known.items():
        left = f"{name:{longest}}  {one.origin:10}  "
        for line in wrap_text(one.provider.title, columns - len(left)):
            sys.stdout.write(f"{left}{line}\n")
            left = " " * len(left)


def show_provider(
    name: Annotated[str, typer.Argument(metavar=PROVIDER_METAVAR, help="The name of a provider.")],
    *,
    providers: Declarations = None,
    json: Json = False,
) -> None:
    """Show one provider: where a check is sent, how, and what its responses mean."""
    import os
    import sys
    from json import dumps

    from tokcheck.cli.shared.system.stream_style import width_of
    from tokcheck.declarations.description import describe_builtin, describe_declaration
    from tokcheck.declarations.known_providers import find_provider, known_providers
    from tokcheck.providers.declared.declaration_table import declaration_from_table

    known = known_providers(providers, os.environ)
    one = known[find_provider(name, known)]
    if json:
        shown = {
            "schema": SCHEMA,
            "name": one.provider.name,
            "title": one.provider.title,
            "origin": one.origin,
            "address": one.provider.services["api"].address,
            "declaration": one.table,
        }
        sys.stdout.write(dumps(shown, indent=2) + "\n")
        return
    headline = f"{one.provider.title} ({one.provider.name}, {one.origin})"
    if one.table is None:
        rows = describe_builtin(one.provider)
    else:
        rows = describe_declaration(declaration_from_table(one.table))
    sys.stdout.write(render_rows(headline, rows, width_of(sys.stdout, os.environ)))


def render_rows(headline: str, rows: "Iterable[tuple[str, Sequence[str]]]", width: int) -> str:
    """Return a headline and rows of a label and its lines as text for so many columns.

    No word is broken, so that an address can be copied.
    """
    from tokcheck.core.escape import without_commands
    from tokcheck.core.humanize import wrap_text

    text = f"{headline}\n\n"
    for label, lines in rows:
        shown = label
        for line in lines:
            for part in wrap_text(line, width - _LABEL_COLUMNS, more="  ") or [""]:
                text += f"  {shown:{_LABEL_COLUMNS - 2}}{part}\n"
                shown = ""
    return without_commands(text)
