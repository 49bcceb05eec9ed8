"""The console of Windows: keys that are read without being shown, and colours."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

_STEP_SECONDS = 0.01
_ENDS = {"\x04", "\x1a"}  # Ctrl-D, Ctrl-Z
# A key without a character is two: one of these, then its code. The second is the letter à as well.
_PREFIX, _PREFIX_OR_LETTER = "\x00", "\xe0"
_CODES = frozenset("GHIKMOPQRSstuvw\x84\x85\x86\x8d\x91\x92\x93")


def read_keys(
    read: Callable[[], str], is_waiting: Callable[[], bool], quiet_seconds: float, limit: int
) -> str:
    """Return what is typed or pasted until Enter is followed by quiet, or until Ctrl-Z.

    ``read`` returns the next key's character and ``is_waiting`` whether there is one, as those of
    ``msvcrt`` do. A paste is a row of keys, so its lines come one soon after the other.
    """
    keys: list[str] = []
    while len(keys) <= limit:
        key = read()
        if key in _ENDS:
            break
        if key == "\x03":
            raise KeyboardInterrupt
        if key == _PREFIX:
            read()
        elif key == _PREFIX_OR_LETTER and is_waiting():
            following = read()
            if following not in _CODES:
                keys += (key, following)
        elif key == "\b":
            del keys[-1:]
        else:
            keys.append("\n" if key == "\r" else key)
        is_line = keys[-1:] == ["\n"] and bool("".join(keys).strip())
        if is_line and _is_quiet(is_waiting, quiet_seconds):
            break
    # Characters beyond 16 bits come as two.
    units = "".join(keys).encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "replace")


def _is_quiet(is_waiting: Callable[[], bool], seconds: float) -> bool:
    for _ in range(round(seconds / _STEP_SECONDS)):
        if is_waiting():
            return False
        time.sleep(_STEP_SECONDS)
    return not is_waiting()


def shows_colours(stream: TextIO) -> bool:
    """Return whether a terminal obeys the escape sequences of colours; make Windows's do it."""
    if sys.platform != "win32":
        return True
    import ctypes
    import msvcrt

    obey_sequences = 0x4
    kernel32 = ctypes.WinDLL("kernel32")
    mode = ctypes.c_ulong()
    try:
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(stream.fileno()))
    except OSError:
        return False
    if not kernel32.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    return bool(kernel32.SetConsoleMode(handle, mode.value | obey_sequences))
