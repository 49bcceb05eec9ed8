"""The options of a hook, read without argparse, which takes longer to load than to search for."""

from collections.abc import Sequence


class HookOptions:
    """The options of a scan, each with its default, as the parser's namespace has them."""

    paths: Sequence[str] = ()
    staged = False
    range = None
    history = False
    message: str | None = None
    pre_commit = False
    install_hook = False
    uninstall_hook = False
    pre_push = None
    outputs: Sequence[tuple[str, str]] = ()
    baseline = None
    update_baseline = False
    ignore_expired = False
    validate = False
    providers = None
    exclude: Sequence[str] = ()
    no_gitignore = False
    exit_zero = False
    jobs = None


def read_hook_options(words: Sequence[str]) -> HookOptions | None:
    """Return the options of the command line of a commit hook; ``None`` for any other."""
    options = HookOptions()
    match words:
        case ["--staged"]:
            options.staged = True
        case ["--message", path] if path and not path.startswith("-"):
            options.message = path
        case _:
            return None
    return options
