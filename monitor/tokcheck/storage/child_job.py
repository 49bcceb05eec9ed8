"""Child processes that end with this one, however it ends: job objects of Windows.

There, a process that is killed leaves its children behind, and killing a child leaves that child's
own. Other systems have process groups and sessions for that, which need no help from here.
https://learn.microsoft.com/windows/win32/procthread/job-objects
"""

import sys

CREATION_FLAGS = 0x4 if sys.platform == "win32" else 0
"""How to start a child that is held: suspended there, so that it has no child of its own before."""

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes
    from functools import cache
    from typing import Any

    # To assign a process to a job, and to resume it.
    _RIGHTS = 0x0901
    _EXTENDED_LIMITS = 9
    _KILL_ON_CLOSE = 0x2000
    _KILLED = 1

    class _ExtendedLimits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

        _fields_ = (
            ("times", ctypes.c_int64 * 2),
            ("flags", wintypes.DWORD),
            ("working_set", ctypes.c_size_t * 2),
            ("active_processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("classes", wintypes.DWORD * 2),
            ("io_counters", ctypes.c_uint64 * 6),
            ("memory", ctypes.c_size_t * 4),
        )

    @cache
    def _kernel32() -> Any:  # noqa: ANN401 - the functions of a library have no types
        library = ctypes.WinDLL("kernel32", use_last_error=True)
        handle, number = wintypes.HANDLE, wintypes.DWORD
        for name, parameters in {
            "AssignProcessToJobObject": (handle, handle),
            "CloseHandle": (handle,),
            "CreateJobObjectW": (ctypes.c_void_p, wintypes.LPCWSTR),
            "OpenProcess": (number, wintypes.BOOL, number),
            "SetInformationJobObject": (handle, ctypes.c_int, ctypes.c_void_p, number),
            "TerminateJobObject": (handle, wintypes.UINT),
        }.items():
            getattr(library, name).argtypes = parameters
        library.CreateJobObjectW.restype = library.OpenProcess.restype = handle
        return library

    @cache
    def _ntdll() -> Any:  # noqa: ANN401 - the same
        library = ctypes.WinDLL("ntdll")
        library.NtResumeProcess.argtypes = (wintypes.HANDLE,)
        return library

    def _set_flags(job: int, flags: int) -> None:
        limits = _ExtendedLimits(flags=flags)
        _kernel32().SetInformationJobObject(
            job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
        )


class ChildJob:
    """Holds a child process and what it starts: on Windows, they end with this process.

    The child was started with :data:`CREATION_FLAGS`, and runs from here on. One that was ended
    before is no error.
    """

    def __init__(self, pid: int) -> None:
        self._job: int | None = None
        if sys.platform == "win32":
            self._job = _kernel32().CreateJobObjectW(None, None)
            _set_flags(self._job, _KILL_ON_CLOSE)
            child = _kernel32().OpenProcess(_RIGHTS, False, pid)  # noqa: FBT003 - not inherited
            if child:
                _kernel32().AssignProcessToJobObject(self._job, child)
                _ntdll().NtResumeProcess(child)
                _kernel32().CloseHandle(child)

    def kill(self) -> None:
        """Kill the child and all that it started."""
        if sys.platform == "win32":
            _kernel32().TerminateJobObject(self._job, _KILLED)

    def release(self) -> None:
        """Let what is left of them live on, such as an agent that the child started."""
        if sys.platform == "win32" and self._job:
            _set_flags(self._job, 0)
            _kernel32().CloseHandle(self._job)
            self._job = None
