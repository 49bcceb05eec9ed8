"""``tokcheck providers``: the built-in and the declared providers; one file a command."""

from collections.abc import Mapping

import typer

from tokcheck.cli.shared.command_group import GroupedCommand, build_command_group

# In the order of the help.
_COMMANDS: Mapping[str, GroupedCommand] = {
    "list": GroupedCommand(
        "provider_list", "list_providers", "List all providers.", "tokcheck providers list --json"
    ),
    "show": GroupedCommand(
        "provider_list", "show_provider", "Show one provider.", "tokcheck providers show strava"
    ),
    "check": GroupedCommand(
        "check_file",
        "check_file",
        "Check a declaration, and show what was understood.",
        "tokcheck providers check acme.toml",
    ),
}


def build_group(command: str | None = None) -> typer.Typer:
    """Return the group with this command alone, or with all if it is none of them."""
    return build_command_group(
        __name__,
        _COMMANDS,
        title="Show the providers, and check declarations of further ones.",
        example="tokcheck providers list",
        command=command,
    )
