"""Access lists of Windows, which replace the modes 0600 and 0700 there.

A private file's list is protected, so that it inherits nothing, and lets its user alone in. The
system and the administrators may stand in it as well: like root elsewhere, they can take any file.

The functions are those of advapi32.dll; the text form of lists is SDDL,
https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format.
"""

import os
import re
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

from tokcheck.storage.shell_words import quote_words

# Owner rights, the system, the administrators.
_HARMLESS = frozenset({"OW", "SY", "BA", "S-1-3-4", "S-1-5-18", "S-1-5-32-544"})
# Everyone, authenticated users, users, guests, power users; over the network or at the console.
_ALIASES = {
    "WD": "S-1-1-0", "AU": "S-1-5-11", "BU": "S-1-5-32-545", "BG": "S-1-5-32-546",
    "PU": "S-1-5-32-547", "NU": "S-1-5-2", "IU": "S-1-5-4", "AN": "S-1-5-7",
}  # fmt: skip
_ENTRY = re.compile(r"\((?P<kind>\w+);(?P<flags>\w*);[^;]*;[^;]*;[^;]*;(?P<who>[^;)]*)[^)]*\)")
# Entries that admit no user: denials, and those that only sub-folders inherit.
_DENIALS = frozenset({"D", "OD", "XD"})
_FILE_OBJECT = 1
_REVISION = 1
_OWNER, _LIST, _PROTECTED = 0x1, 0x4, 0x80000000
_WRITE, _SHARED, _CREATE_NEW, _NORMAL = 0x40000000, 0x3, 1, 0x80


def private_access_list(user: str, *, folder: bool) -> str:
    """Return the access list of a private file or folder in SDDL.

    :param user: the user's security identifier, such as ``S-1-5-21-1-2-3-1001``.
    """
    inherited = "OICI" if folder else ""
    return f"D:P(A;{inherited};FA;;;{user})"


def other_identifiers(sddl: str, user: str) -> tuple[str, ...]:
    """Return the others who have access by an owner and access list in SDDL.

    Identifiers as they stand in the text; ``WD`` is everyone, also for a file without a list.
    """
    owner = re.match(r"O:(?P<who>[^:]*?)(?=[GDS]:|$)", sddl)
    found = [owner["who"]] if owner else []
    _, mark, entries = sddl.partition("D:")
    if not mark or "NO_ACCESS_CONTROL" in entries:
        return ("WD",)
    found += [
        entry["who"]
        for entry in _ENTRY.finditer(entries)
        if entry["kind"] not in _DENIALS and "IO" not in re.findall("..", entry["flags"])
    ]
    return tuple(dict.fromkeys(who for who in found if who not in _HARMLESS | {user}))


def repair_command(path: str, others: Sequence[str], user: str, *, folder: bool) -> str:
    """Return the command by which a user takes the access of others away.

    It names the user by identifier: cmd and PowerShell write a variable for the name in two ways.
    """
    everything = "(OI)(CI)F" if folder else "F"
    words = ["icacls", path, "/inheritance:r", "/grant:r", f"*{user}:{everything}"]
    known = [_ALIASES.get(who, who) for who in others]
    explicit = [f"*{who}" for who in known if who.startswith("S-")]
    return quote_words([*words, *(("/remove:g", *explicit) if explicit else ())])


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from collections.abc import Iterator
    from contextlib import contextmanager
    from ctypes import wintypes

    @cache
    def _advapi32() -> Any:  # noqa: ANN401 - the functions of a library have no types
        library = ctypes.WinDLL("advapi32", use_last_error=True)
        pointer, text, number = ctypes.c_void_p, wintypes.LPCWSTR, wintypes.DWORD
        for name, parameters in {
            "ConvertSidToStringSidW": (pointer, pointer),
            "ConvertSecurityDescriptorToStringSecurityDescriptorW": (
                pointer,
                number,
                number,
                pointer,
                pointer,
            ),
            "ConvertStringSecurityDescriptorToSecurityDescriptorW": (
                text,
                number,
                pointer,
                pointer,
            ),
            "GetNamedSecurityInfoW": (text, number, number, *[pointer] * 5),
            "GetTokenInformation": (wintypes.HANDLE, number, pointer, number, pointer),
            "OpenProcessToken": (wintypes.HANDLE, number, pointer),
            "SetFileSecurityW": (text, number, pointer),
        }.items():
            getattr(library, name).argtypes = parameters
        return library

    @cache
    def _kernel32() -> Any:  # noqa: ANN401 - the same
        library = ctypes.WinDLL("kernel32", use_last_error=True)
        library.LocalFree.argtypes = (ctypes.c_void_p,)
        library.CloseHandle.argtypes = (wintypes.HANDLE,)
        library.GetCurrentProcess.restype = wintypes.HANDLE
        library.CreateDirectoryW.argtypes = (wintypes.LPCWSTR, ctypes.c_void_p)
        library.CreateFileW.argtypes = (
            wintypes.LPCWSTR,
            wintypes.DWORD,
            wintypes.DWORD,
            ctypes.c_void_p,
            wintypes.DWORD,
            wintypes.DWORD,
            wintypes.HANDLE,
        )
        library.CreateFileW.restype = wintypes.HANDLE
        return library

    class _Attributes(ctypes.Structure):
        """SECURITY_ATTRIBUTES of a new file or folder, in force from its first moment."""

        _fields_ = (
            ("size", wintypes.DWORD),
            ("descriptor", ctypes.c_void_p),
            ("inherits_handle", wintypes.BOOL),
        )

    def create_private_folder(path: str) -> None:
        """Create a folder that only this user can access.

        :raises FileExistsError: if anything is there already.
        :raises OSError: if it cannot be created.
        """
        with _descriptor(private_access_list(user_identifier(), folder=True)) as attributes:
            _check(_kernel32().CreateDirectoryW(path, attributes))

    def create_private_file(path: str) -> int:
        """Create a file that only this user can access; return its descriptor, for writing.

        :raises FileExistsError: if anything is there already.
        :raises OSError: if it cannot be created.
        """
        with _descriptor(private_access_list(user_identifier(), folder=False)) as attributes:
            handle = _kernel32().CreateFileW(
                path, _WRITE, _SHARED, attributes, _CREATE_NEW, _NORMAL, None
            )
            _check(handle not in {None, ctypes.c_void_p(-1).value})
        return msvcrt.open_osfhandle(handle, os.O_WRONLY | os.O_BINARY)

    def set_access_list(path: str, sddl: str) -> None:
        """Give a file or folder of this user an access list in SDDL.

        :raises OSError: if it cannot be set.
        """
        with _descriptor(sddl) as attributes:
            _check(
                _advapi32().SetFileSecurityW(
                    path, _LIST | _PROTECTED, attributes.contents.descriptor
                )
            )

    @contextmanager
    def _descriptor(sddl: str) -> Iterator[Any]:
        """Make a pointer to security attributes with this access list, for the block."""
        descriptor = ctypes.c_void_p()
        _check(
            _advapi32().ConvertStringSecurityDescriptorToSecurityDescriptorW(
                sddl, _REVISION, ctypes.byref(descriptor), None
            )
        )
        try:
            size = ctypes.sizeof(_Attributes)
            yield ctypes.pointer(_Attributes(size, descriptor, False))  # noqa: FBT003 - a structure's field
        finally:
            _kernel32().LocalFree(descriptor)

    def others_with_access(path: str) -> tuple[str, ...]:
        """Return the identifiers of the others who have access to a file or folder.

        :raises OSError: if its access list cannot be read.
        """
        descriptor = ctypes.c_void_p()
        error = _advapi32().GetNamedSecurityInfoW(
            path, _FILE_OBJECT, _OWNER | _LIST, None, None, None, None, ctypes.byref(descriptor)
        )
        if error:
            raise ctypes.WinError(error)
        text = ctypes.c_void_p()
        try:
            _check(
                _advapi32().ConvertSecurityDescriptorToStringSecurityDescriptorW(
                    descriptor, _REVISION, _OWNER | _LIST, ctypes.byref(text), None
                )
            )
            return other_identifiers(_take_text(text), user_identifier())
        finally:
            _kernel32().LocalFree(descriptor)

    @cache
    def user_identifier() -> str:
        """Return the security identifier of the user of this process."""
        token, size = wintypes.HANDLE(), wintypes.DWORD()
        query, token_user = 0x8, 1
        process = _kernel32().GetCurrentProcess()
        _check(_advapi32().OpenProcessToken(process, query, ctypes.byref(token)))
        try:
            _advapi32().GetTokenInformation(token, token_user, None, 0, ctypes.byref(size))
            buffer = ctypes.create_string_buffer(size.value)
            _check(
                _advapi32().GetTokenInformation(token, token_user, buffer, size, ctypes.byref(size))
            )
        finally:
            _kernel32().CloseHandle(token)
        # The buffer begins with a pointer to the identifier.
        identifier = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_void_p))[0]
        text = ctypes.c_void_p()
        _check(_advapi32().ConvertSidToStringSidW(identifier, ctypes.byref(text)))
        return _take_text(text)

    def _take_text(pointer: ctypes.c_void_p) -> str:
        """Return a text that the system allocated, and free it."""
        try:
            return ctypes.wstring_at(pointer.value or 0)
        finally:
            _kernel32().LocalFree(pointer)

    def _check(succeeded: int) -> None:
        if not succeeded:
            raise ctypes.WinError(ctypes.get_last_error())
