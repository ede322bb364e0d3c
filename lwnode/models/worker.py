# SPDX-License-Identifier: Apache-2.0
"""Runs a model file in a process of its own, and trusts nothing that comes back.

Rules
-----
* A foreign model never runs in the node's process; its bytes are not even parsed there.
* An answer is a float32 matrix of the rows that were asked for, finite, and probabilities where these were promised.
  Anything else is a `WorkerError`, and the end of the process.

Called by `lwnode.models.probe`, `lwnode.models.adopt`, and by whoever predicts with a learnware.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final, NoReturn, Self

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from lwnode.errors import ModelError, UnsafeModelError, WorkerError, WorkerLimitError
from lwnode.models.channel import Channel
from lwnode.models.format import COLUMN_LIMIT, INPUT, MODEL_LIMIT, OUTPUTS, WIDTH_LIMIT, Signature, printable
from lwnode.models.frames import Frame
from lwnode.types import Progress, silent

MEMORY: Final = 1 << 30  # bytes of address space, about 300 MiB of which the interpreter and the runtime take
LEAST_MEMORY: Final = 384 << 20
SECONDS: Final = 600  # of processor time
WALL: Final = 60.0  # seconds of one wait

_ROWS: Final = 4096  # rows of one frame
_REQUEST: Final = 16 << 20  # bytes of the rows of one frame
_TOLERANCE: Final = 1e-3  # of the sum of a row's probabilities


class Worker:
    """A process that predicts with one model file; a context manager.

    Parameters
    ----------
    model : bytes
        The model file.
    memory : bytes
        Of address space, at least `LEAST_MEMORY`.
    seconds : int
        Of processor time, over the life of the process.
    wall : float
        Seconds that loading the model may take, and each 4096 rows of a prediction.

    Raises
    ------
    UnsafeModelError
        The file is larger than the format allows.

    Notes
    -----
    Making the object starts the process and returns at once; entering the context, or the first use, waits until the
    model is loaded: several workers can be started side by side.  About 0.15 s of processor time and 70 MiB of memory
    for a small model.  Not to be used by two threads at once.
    """

    def __init__(self, model: bytes, *, memory: int = MEMORY, seconds: int = SECONDS, wall: float = WALL) -> None:
        if memory < LEAST_MEMORY or seconds < 1 or not wall > 0:
            raise ValueError(f"a worker needs {LEAST_MEMORY} bytes of address space, a second, and time to wait")
        if not model or len(model) > MODEL_LIMIT:
            raise UnsafeModelError(
                f"a model file of {len(model)} bytes; 1 to {MODEL_LIMIT} are allowed",
                hint="Ask its owner for a smaller model.",
            )
        self._model = model
        self._wall = wall
        self._signature: Signature | None = None
        self._level = "none"
        self._channel = Channel(
            "lwnode.models.worker_process", [str(memory), str(seconds)], limit=_ROWS * COLUMN_LIMIT * 4
        )

    def __enter__(self) -> Self:
        self.load()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._channel.pid

    @property
    def level(self) -> str:
        """How well the process is locked in: ``full``, ``partial`` or ``none``; known once the model is loaded."""
        return self._level

    def close(self) -> None:
        """End the process, at once."""
        self._channel.close()

    def load(self, progress: Progress = silent) -> Signature:
        """Hand the model over, wait until it is loaded, and return what it says of itself.

        Raises
        ------
        UnsafeModelError
            The file is outside the format, or the runtime cannot load it.
        WorkerError
            The process died, took too long, or answered nonsense.
        CancelledError
            ``progress`` asked to stop.
        """
        if self._signature is not None:
            return self._signature
        question = Frame(kind="model", arrays={"file": np.frombuffer(self._model, dtype=np.uint8)})
        reply = self._channel.ask(question, wall=self._wall, share=0.0, doing="loading the model", progress=progress)
        if reply.kind == "unsafe":
            self.close()
            raise UnsafeModelError(
                printable(reply.detail, 300),
                hint="Ask its owner for a file written by lwnode, or by a plain ONNX exporter without extensions.",
            )
        self._signature = self._ready(reply)
        return self._signature

    def predict(self, X: npt.ArrayLike, progress: Progress = silent) -> dict[str, NDArray[np.float32]]:
        """Return the model's answer to rows.

        Parameters
        ----------
        X : (n, width) float32
            Encoded as the model's card says (`lwnode.documents.card`); NaN where missing.
        progress : callable, optional
            Asked ten times a second; where it raises, the process is killed at once.

        Returns
        -------
        dict
            One entry: ``probabilities`` (n, classes), ``values`` (n, 1) or ``features`` (n, k), float32.

        Raises
        ------
        ModelError
            The rows have another number of columns than the model takes, or missing values, which it does not take; the
            worker can be asked again.
        WorkerError
            The process died, took too long, or answered nonsense.
        CancelledError
            ``progress`` asked to stop.
        """
        signature = self.load(progress)
        with np.errstate(over="ignore"):
            rows = np.ascontiguousarray(X, dtype=np.float32)
        width = rows.shape[1] if rows.ndim == 2 else 0
        if not 0 < width <= WIDTH_LIMIT or signature.width not in (0, width):
            raise ModelError(
                f"rows of shape {rows.shape} for a model that takes {signature.width or 'some'} columns",
                hint="Encode the rows as the model's card says.",
            )
        # an empty table is asked as one row, so that the number of columns is known
        asked = rows if len(rows) else np.zeros((1, width), dtype=np.float32)
        step = max(1, min(_ROWS, _REQUEST // (4 * width)))
        parts: list[NDArray[np.float32]] = []
        for start in range(0, len(asked), step):
            part = asked[start : start + step]
            reply = self._channel.ask(
                Frame(kind="rows", arrays={INPUT: part}),
                wall=self._wall,
                share=start / len(asked),
                doing="predicting",
                progress=progress,
            )
            parts.append(self._answer(reply, signature, part))
        if len({part.shape[1] for part in parts}) > 1:
            self._nonsense("answers of different width")
        return {signature.output: np.concatenate(parts)[: len(rows)]}

    def _ready(self, reply: Frame) -> Signature:
        """Return what the worker says of the model, as far as it can be true."""
        words = reply.detail.split(" ")
        digits = all(word.isascii() and word.isdigit() and len(word) < 9 for word in words[2:])
        levels = ("full", "partial", "none")
        if reply.kind != "ready" or len(words) != 4 or not digits or words[0] not in levels or words[1] not in OUTPUTS:
            self._failed(reply)
        width, columns = int(words[2]), int(words[3])
        if width > WIDTH_LIMIT or columns > COLUMN_LIMIT:
            self._nonsense("a model wider than the format allows")
        self._level = words[0]
        return Signature(output=words[1], width=width, columns=columns)

    def _answer(self, reply: Frame, signature: Signature, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the numbers of an answer that is one."""
        if reply.kind != "answer":
            self._failed(reply)
        if set(reply.arrays) != {signature.output}:
            self._nonsense("an answer of another name")
        values: NDArray[Any] = reply.arrays[signature.output]
        if values.dtype != np.float32 or values.ndim != 2 or values.shape[0] != len(rows) or not values.shape[1]:
            self._nonsense(f"an answer of shape {values.shape} to {len(rows)} rows")
        columns = 1 if signature.output == "values" else signature.columns
        if columns not in (0, values.shape[1]):
            self._nonsense(f"an answer of {values.shape[1]} columns")
        answered = np.isfinite(values).all(axis=1)
        if not answered[~np.isnan(rows).any(axis=1)].all():
            self._nonsense("numbers that are not finite")
        if not answered.all():
            raise ModelError(
                f"the model gives no answer to {np.sum(~answered)} of {len(rows)} rows, which have missing values",
                hint="Fill in the missing values, or leave these rows out.",
            )
        if signature.output == "probabilities":
            sums = values.sum(axis=1, dtype=np.float64)
            if values.min() < 0 or np.abs(sums - 1).max() > _TOLERANCE:
                self._nonsense("numbers that are no probabilities")
        return values

    def _failed(self, reply: Frame) -> NoReturn:
        """Say why there is no answer; the process ends, whatever it says."""
        if reply.kind != "failed":
            self._nonsense("a frame of another kind")
        self.close()
        if reply.detail == "memory":
            raise WorkerLimitError(
                "the model needs more memory than a worker may use",
                hint="Use another learnware, or allow workers more memory in the settings.",
            )
        raise WorkerError(
            f"the worker reports: {printable(reply.detail)}",
            hint="The model may not be made for these columns; use another learnware.",
        )

    def _nonsense(self, what: str) -> NoReturn:
        self.close()
        raise WorkerError(
            f"the model's answer was refused: {what}", hint="Do not use this learnware, and tell its publisher."
        )
