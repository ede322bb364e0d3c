# SPDX-License-Identifier: Apache-2.0
"""The worker: a process that holds one foreign model and answers rows with its predictions.

Started by `lwnode.models.worker` as ``python -I -m lwnode.models.worker_process MEMORY SECONDS PARENT THREAD``; reads
frames from standard input and writes frames to standard output (`lwnode.models.frames`).

::

    node    model   the file                          worker  ready | unsafe | failed
    node    rows    float32 (n, width)                worker  answer float32 (n, columns) | failed
    node    end of input                              worker  exits

Rules
-----
* First the imports, then the limits and the locks (`lwnode.models.confinement`), then the first foreign byte.
* First the structural scan (`lwnode.models.scan`), then a session, of one thread.
* The runtime's telemetry is off before it is imported: onnxruntime 1.32 otherwise keeps a device id and a database of
  events in the user's cache, and sends them to its maker.  Only this process imports onnxruntime.
* The process ends with its parent: a watcher waits for the other end of the pipe to close.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, when the runtime is loaded

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as _state

from lwnode.errors import UnsafeModelError
from lwnode.models import confinement
from lwnode.models.format import INPUT, MODEL_LIMIT
from lwnode.models.frames import Assembler, Frame, pack
from lwnode.models.scan import parse, scan

REQUEST_LIMIT: Final = MODEL_LIMIT + (1 << 20)  # bytes of one frame from the node
_PIECE: Final = 1 << 20  # bytes of one read
_LOOK: Final = 500  # milliseconds between two looks at the parent

# what the runtime raises: its classes stand directly under Exception
_RUNTIME_ERRORS: Final = (
    _state.EPFail,
    _state.EngineError,
    _state.Fail,
    _state.InvalidArgument,
    _state.InvalidGraph,
    _state.InvalidProtobuf,
    _state.NoModel,
    _state.NoSuchFile,
    _state.NotImplemented,
    _state.RuntimeException,
    RuntimeError,
    ValueError,
    IndexError,
    OverflowError,
)


def main(arguments: list[str]) -> int:
    """Run the worker until its input ends.

    Parameters
    ----------
    arguments : list of str
        Memory in bytes, processor time in seconds, process id of the parent, and ``main`` where the parent's main
        thread started it: the kernel's own signal on a parent's death goes by threads.
    """
    memory, seconds, parent = (int(argument) for argument in arguments[:3])
    if arguments[3:] == ["main"]:
        confinement.die_with_parent()
    requests, answers = _own_pipes()
    _leave_for_nowhere()
    _finish_imports()
    confinement.limit(memory=memory, seconds=seconds)
    level = confinement.confine()
    threading.Thread(target=_watch, args=(requests, parent), daemon=True).start()
    confinement.forbid_processes()
    assembler = Assembler(limit=REQUEST_LIMIT)
    session: Any = None
    while (frame := _read(requests, assembler)) is not None:
        if frame.kind == "model" and session is None:
            reply, session = _open(frame.arrays["file"].tobytes(), level)
        elif frame.kind == "rows" and session is not None:
            reply = _predict(session, frame.arrays[INPUT])
        else:
            reply = Frame(kind="failed", detail="a frame out of order")
        _write(answers, reply)
    return 0


def _own_pipes() -> tuple[int, int]:
    """Move the two pipes away from standard input and output, where native code might write."""
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    os.close(nowhere)
    return requests, answers


def _leave_for_nowhere() -> None:
    """Make an empty directory the current one, and remove it: no relative path leads anywhere."""
    here = tempfile.mkdtemp(prefix="lwnode-worker-")
    os.chdir(here)
    Path(here).rmdir()


def _finish_imports() -> None:
    """Have everything loaded that a scan and a session need: no file can be opened later."""
    onnxruntime.set_default_logger_severity(4)
    with contextlib.suppress(UnsafeModelError):
        parse(b"not a model")


def _watch(requests: int, parent: int) -> None:
    """End the process when the parent is gone, whatever the runtime is doing."""
    poll = select.poll()
    poll.register(requests, 0)  # reports nothing but that the other end was closed
    while os.getppid() == parent and not poll.poll(_LOOK):
        pass
    os._exit(0)


def _open(data: bytes, level: str) -> tuple[Frame, Any]:
    """Scan the file and make a session of it."""
    try:
        signature = scan(data)
    except UnsafeModelError as error:
        return Frame(kind="unsafe", detail=str(error)), None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.enable_cpu_mem_arena = False  # an arena doubles, and meets the limit too early
    options.log_severity_level = 4
    # the bytes that were scanned are the ones that are loaded, as the format that was scanned
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except MemoryError:
        return Frame(kind="failed", detail="memory"), None
    except _RUNTIME_ERRORS as error:
        if _no_memory(error):
            return Frame(kind="failed", detail="memory"), None
        return Frame(kind="unsafe", detail="the model file was refused: the runtime cannot load it"), None
    return Frame(kind="ready", detail=f"{level} {signature.output} {signature.width} {signature.columns}"), session


def _predict(session: Any, rows: NDArray[Any]) -> Frame:
    """Run the model on rows."""
    try:
        (answer,) = session.run(None, {INPUT: rows})
    except MemoryError:
        return Frame(kind="failed", detail="memory")
    except _RUNTIME_ERRORS as error:
        return Frame(kind="failed", detail="memory" if _no_memory(error) else "the model cannot compute these rows")
    if not isinstance(answer, np.ndarray) or answer.dtype != np.float32 or answer.ndim != 2:
        return Frame(kind="failed", detail="the model gave something other than a float32 matrix")
    return Frame(kind="answer", arrays={session.get_outputs()[0].name: answer})


def _no_memory(error: Exception) -> bool:
    """Say whether the runtime failed for want of memory: it has no error of its own for that."""
    return any(words in str(error) for words in ("bad_alloc", "Failed to allocate memory"))


def _read(requests: int, assembler: Assembler) -> Frame | None:
    """Return the next frame, None where the input ends."""
    while (frame := assembler.take()) is None:
        piece = os.read(requests, min(assembler.need, _PIECE))
        if not piece:
            return None
        assembler.feed(piece)
    return frame


def _write(answers: int, frame: Frame) -> None:
    for piece in pack(frame):
        written = 0
        while written < len(piece):
            written += os.write(answers, piece[written:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
