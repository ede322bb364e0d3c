# SPDX-License-Identifier: Apache-2.0
"""What a locked process can still do: a probe that tries, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the locks are Linux's")

PROBE = """
import ctypes, json, os, signal, socket, subprocess, sys, threading
from lwnode.models import confinement
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
confinement.limit(memory=1 << 30, seconds=20)
level = confinement.confine()
def tries(what):
    try:
        what()
    except BaseException as error:
        return type(error).__name__
    return "open"
def thread():
    done = []
    one = threading.Thread(target=done.append, args=(1,)); one.start(); one.join()
    assert done
def fork():
    if os.fork() == 0:
        os._exit(0)
    os.wait()
def udp():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port))
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
print(json.dumps({
    "level": level,
    "read": tries(lambda: open("/etc/passwd").read()),
    "list": tries(lambda: os.listdir("/")),
    "write": tries(lambda: open(sys.argv[1] + "/x", "w")),
    "tcp": tries(lambda: socket.create_connection(("127.0.0.1", port), 1)),
    "udp": tries(udp),
    "abstract socket": tries(lambda: socket.socket(socket.AF_UNIX).connect("\\0x")),
    "fork": tries(fork),
    "run": tries(lambda: subprocess.run(["/bin/true"])),
    "replace": tries(lambda: os.execv("/bin/true", ["true"])),
    "signal the parent": tries(lambda: os.kill(os.getppid(), 0)),
    "memory file": tries(lambda: os.memfd_create("x")),
    "namespace": tries(lambda: call(272 if os.uname().machine == "x86_64" else 97, 0x10000000)),
    "three gigabytes": tries(lambda: bytearray(3 << 30)),
    "a thread": tries(thread),
}), flush=True)
"""


def _probe(tmp_path):
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path)], capture_output=True, text=True, check=True, cwd=root
    )
    return json.loads(done.stdout)


def test_every_way_out_is_closed_and_threads_go_on(tmp_path):
    found = _probe(tmp_path)
    if found.pop("level") != "full":
        pytest.skip("this kernel has not both locks")
    assert found.pop("a thread") == "open"
    assert found.pop("three gigabytes") == "MemoryError"
    assert "open" not in found.values(), found
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("without", "level"),
    [([], "full"), (["_seccomp"], "partial"), (["_landlock"], "partial"), (["_seccomp", "_landlock"], "none")],
)
def test_what_is_not_reached_is_said(tmp_path, without, level):
    code = "from lwnode.models import confinement as c\n"
    code += "".join(f"c.{name} = lambda libc: False\n" for name in without) + "print(c.confine())"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    if not without and done.stdout.strip() != "full":
        pytest.skip("this kernel has not both locks")
    assert done.stdout.strip() == level
