"""A Python command in a process that the kernel ends as soon as it asks for a socket that is not a local one.

That holds for native code, all threads and all children too (seccomp, Linux).

    python tests/no_network_child.py -m backend map ...
    python tests/no_network_child.py -c "import socket; ..."
"""

from __future__ import annotations

import ctypes
import platform
import runpy
import struct
import sys
from pathlib import Path

SOCKET_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Audit number of the architecture, number of the system call socket (linux/audit.h, asm/unistd.h)."""
AF_UNIX = 1
KILL, ALLOW = 0x80000000, 0x7FFF0000
"""SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW (linux/seccomp.h)."""
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
"""BPF: load a word at an offset of seccomp_data, jump if equal, return (linux/bpf_common.h)."""
NUMBER_AT, ARCHITECTURE_AT, DOMAIN_AT = 0, 4, 16
SET_NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def forbid_sockets() -> None:
    """Install the filter; it is inherited by threads and children and cannot be taken off."""
    architecture, socket_call = SOCKET_CALLS[platform.machine()]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (EQUAL, 0, 4, architecture),  # system calls of another kind: kill
        (LOAD, 0, 0, NUMBER_AT),
        (EQUAL, 0, 3, socket_call),  # not socket: allow
        (LOAD, 0, 0, DOMAIN_AT),
        (EQUAL, 1, 0, AF_UNIX),
        (RETURN, 0, 0, KILL),
        (RETURN, 0, 0, ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


def main(arguments: list[str]) -> None:
    forbid_sockets()
    if arguments[0] == "-c":
        sys.argv = ["-c", *arguments[2:]]
        exec(arguments[1], {"__name__": "__main__"})
    else:
        sys.path[0] = str(Path(__file__).resolve().parents[1])
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
