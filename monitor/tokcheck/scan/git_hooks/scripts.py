"""The hooks, what each runs, and the script that is written."""

COMMIT_HOOKS = ("pre-commit", "pre-merge-commit", "commit-msg")
"""The hooks that together see all of a commit: git runs the second for a merge without conflict."""
PUSH_HOOK = "pre-push"
ALL_HOOKS = (*COMMIT_HOOKS, PUSH_HOOK)

_OPTIONS = {
    "pre-commit": "--staged",
    "pre-merge-commit": "--staged",
    "commit-msg": '--message "$1"',
    PUSH_HOOK: '--pre-push "$1"',
}
_MARK = "# tokcheck: no commit with a pasted API token"
_COMMAND = "tokcheck scan"


def command(kind: str, first: str = '"$1"') -> str:
    """Return the command that a hook runs; ``first`` is how its first argument is written."""
    return f"{_COMMAND} {_OPTIONS[kind]}".replace('"$1"', first)


def lines_for(kind: str) -> tuple[str, ...]:
    """Return the lines to add to another hook of this kind."""
    if kind != PUSH_HOOK:
        return (f"{command(kind)} || exit",)
    # Its standard input can be read once, and what comes after may read it as well.
    return (
        f"refs=$(cat); printf '%s\\n' \"$refs\" | {command(kind)} || exit; exec <<EOF",
        "$refs",
        "EOF",
    )


def is_ours(script: bytes) -> bool:
    """Return whether a hook was written by ``--install-hook``."""
    return _MARK.encode() in script


def runs_scan(script: bytes) -> bool:
    """Return whether a hook names the command."""
    return _COMMAND.encode() in script


def write_script(kind: str, python: str) -> str:
    """Return the script of a hook; ``python`` is the interpreter that has this package."""
    from shlex import quote

    # -P: a module of the same name in the repository must not run.
    return f"""\
#!/bin/sh
{_MARK}
# Written by: tokcheck scan --install-hook
python={quote(python)}
if [ -x "$python" ]; then
    exec "$python" -P -m {command(kind)}
elif command -v tokcheck >/dev/null 2>&1; then
    exec {command(kind)}
fi
echo "tokcheck is not installed any more: install it, or delete $0" >&2
exit 1
"""
