# SPDX-License-Identifier: Apache-2.0
"""Locks a worker process in, from inside, before it has read a byte of a foreign model.

Rules
-----
* Linux: Landlock denies every file and, where the kernel can, TCP, abstract sockets and signals to other processes; a
  seccomp filter denies sockets, new programs, new processes, tracing and kernel interfaces.  Both need no privileges
  and cannot be undone.  Open files (the two pipes) go on working.
* Limits of memory, processor time, file size and open files hold on every POSIX system.
* What was reached is said, never assumed: ``full`` (both), ``partial`` (one of them), ``none``.
* Called by `lwnode.models.worker_process`, and by any other worker that computes with foreign input.

Notes
-----
https://docs.kernel.org/userspace-api/landlock.html, https://docs.kernel.org/userspace-api/seccomp_filter.html.
The filter is a deny list: interpreters and runtimes use too many calls, and other ones from release to release, for an
allow list that would keep working; what it denies is every way to another process, program or machine.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
from typing import Final, Literal

Level = Literal["full", "partial", "none"]

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38

_LANDLOCK_CREATE: Final = 444  # the same numbers on every architecture
_LANDLOCK_RESTRICT: Final = 446
_LANDLOCK_VERSION: Final = 1  # flag: say which version this is

_EPERM: Final = 1
_ENOSYS: Final = 38
_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000  # | errno
_KILL: Final = 0x80000000
_THREAD: Final = 0x00010000  # CLONE_THREAD

# calls that lead out of the process, as (x86_64, aarch64) numbers; -1 where there is none
_DENIED: Final[dict[str, tuple[int, int]]] = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "fork": (57, -1),
    "vfork": (58, -1),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "open_by_handle_at": (304, 265),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "mq_open": (240, 180),
}
_CLONE: Final = (56, 220)
_CLONE3: Final = (435, 435)
_MACHINES: Final = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}  # column, audit name, seccomp


def limit(*, memory: int, seconds: int) -> None:
    """Bound what this process may use.

    Parameters
    ----------
    memory : bytes
        Of address space.
    seconds : int
        Of processor time, over the life of the process.
    """
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for what, bound in bounds.items():
        hard = resource.getrlimit(what)[1]
        most = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(what, (most, most))


def forbid_processes() -> None:
    """Allow no process or thread more than there are; does nothing for the superuser, hence also the filter."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def die_with_parent() -> None:
    """Ask the kernel for a kill when the thread that started this process ends (Linux only)."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)


def confine() -> Level:
    """Lock this process in for good, and return how well.

    Returns
    -------
    {"full", "partial", "none"}

    Notes
    -----
    Import everything first: no file can be opened afterwards.  About 1 ms.
    """
    if sys.platform != "linux":
        return "none"
    libc = _libc()
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return "none"
    reached = [_landlock(libc), _seccomp(libc)]
    return "full" if all(reached) else "partial" if any(reached) else "none"


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _landlock(libc: ctypes.CDLL) -> bool:
    """Deny all that Landlock of this kernel can deny, with no exception."""
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION)
    if version < 1:
        return False
    files = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    rules = [(1 << files) - 1]
    if version >= 4:
        rules.append(0b11)  # TCP: bind, connect
    if version >= 6:
        rules.append(0b11)  # abstract sockets, signals
    packed = struct.pack(f"={len(rules)}Q", *rules)
    ruleset = libc.syscall(_LANDLOCK_CREATE, packed, len(packed), 0)
    if ruleset < 0:
        return False
    done: bool = libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return done


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _seccomp(libc: ctypes.CDLL) -> bool:
    """Install the filter in every thread."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    column, audit, call = machine
    code = _filter(column, audit)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    every_thread = 1
    done: bool = libc.syscall(call, 1, every_thread, ctypes.byref(program)) == 0
    return done


def _filter(column: int, audit: int) -> bytes:
    """Return the filter's program: struct sock_filter {code, if true, if false, value} after each other."""
    load, equal, at_least, bits, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    steps: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4),  # the architecture
        (equal, 1, 0, audit),
        (answer, 0, 0, _KILL),
        (load, 0, 0, 0),  # the number of the call
    ]
    if column == 0:  # the x32 numbers would go around the list
        steps += [(at_least, 0, 1, 0x40000000), (answer, 0, 0, _KILL)]
    for numbers in _DENIED.values():
        if numbers[column] >= 0:
            steps += [(equal, 0, 1, numbers[column]), (answer, 0, 0, _DENY | _EPERM)]
    # a thread is allowed, a process is not; clone3 keeps its flags in memory, where a filter cannot look
    steps += [(equal, 0, 1, _CLONE3[column]), (answer, 0, 0, _DENY | _ENOSYS)]
    steps += [(equal, 0, 3, _CLONE[column]), (load, 0, 0, 16), (bits, 1, 0, _THREAD), (answer, 0, 0, _DENY | _EPERM)]
    steps.append((answer, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
