"""The modes of private files and folders; a module of its own, since fast commands import it."""

import stat

_OTHERS = 0o077


def is_private_mode(mode: int) -> bool:
    """Return whether only its owner has access to a file or folder of this mode."""
    return not stat.S_IMODE(mode) & _OTHERS
