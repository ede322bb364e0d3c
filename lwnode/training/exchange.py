# SPDX-License-Identifier: Apache-2.0
"""What passes between a node and its training process: the table in, the result and errors out.

Rules
-----
* The table goes as an Arrow IPC file with the features and the target alone: identifiers never leave the node's own
  process.  The result comes back as the model's bytes, the card's canonical form and a JSON leaderboard.
* Nothing is pickled, and sizes are checked before a file is read.

Called by `lwnode.training.process` and `lwnode.training.worker_process`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from lwnode.documents import Card, decode, encode
from lwnode.errors import CheckFailedError, Finding, LwnodeError, WorkerError
from lwnode.training.distillation import Lesson
from lwnode.training.start import Start
from lwnode.training.table import Table
from lwnode.training.trained import Row, Trained

TABLE, MODEL, CARD, RESULT = "table.arrow", "model.onnx", "card.json", "result.json"
_START, _START_CARD = "start.onnx", "start.json"
_LESSON, _ANSWERS = "lesson.json", "answers.npy"
_MODEL_LIMIT = 1 << 30  # bytes
_RESULT_LIMIT = 1 << 20  # bytes


def write_table(table: Table, path: Path) -> None:
    """Write the features and the target of a table as an Arrow IPC file."""
    import pyarrow as pa

    names = [name for name in table.names if table.roles[name] in ("feature", "target")]
    about = {
        "name": table.name,
        "target": table.target,
        "types": {name: table.types[name] for name in names},
        "roles": {name: table.roles[name] for name in names},
        "units": {name: table.units[name] for name in names if name in table.units},
    }
    arrays = [
        pa.array(table.columns[name], pa.string() if table.columns[name].dtype == object else pa.float64())
        for name in names
    ]
    schema = pa.schema(
        [pa.field(name, array.type) for name, array in zip(names, arrays, strict=True)],
        metadata={b"lwnode": json.dumps(about).encode()},
    )
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        writer.write_batch(pa.record_batch(arrays, schema=schema))


def take_table(path: Path) -> Table:
    """Read a table that :func:`write_table` wrote, and remove the file."""
    import pyarrow as pa

    with pa.OSFile(str(path), "rb") as file:
        arrow = pa.ipc.open_file(file).read_all()
    path.unlink()
    about = json.loads(arrow.schema.metadata[b"lwnode"])
    columns: dict[str, Any] = {}
    for name, column in zip(arrow.column_names, arrow.columns, strict=True):
        if pa.types.is_string(column.type):
            columns[name] = np.empty(len(column), dtype=object)
            columns[name][:] = column.to_pylist()
        else:
            columns[name] = np.array(column.to_numpy(), dtype=np.float64)
    return Table(
        name=about["name"],
        columns=columns,
        types=about["types"],
        roles=about["roles"],
        units=about["units"],
        target=about["target"],
    )


def write_start(start: Start, folder: Path) -> None:
    """Write what a training starts from into a folder."""
    (folder / _START).write_bytes(start.model)
    (folder / _START_CARD).write_bytes(encode({"learnware": start.learnware, "card": encode(start.card).decode()}))


def take_start(folder: Path) -> Start:
    """Read a start that :func:`write_start` wrote, and remove its files."""
    about = decode((folder / _START_CARD).read_bytes(), dict)
    card = decode(about["card"].encode(), Card)
    start = Start(learnware=about["learnware"], model=(folder / _START).read_bytes(), card=card)
    (folder / _START).unlink()
    (folder / _START_CARD).unlink()
    return start


def write_lesson(lesson: Lesson, folder: Path) -> None:
    """Write what a combination answered into a folder."""
    np.save(folder / _ANSWERS, lesson.answers, allow_pickle=False)
    about = {name: getattr(lesson, name) for name in ("task", "classes", "target", "learnwares")}
    (folder / _LESSON).write_bytes(encode(about))


def take_lesson(folder: Path) -> Lesson:
    """Read a lesson that :func:`write_lesson` wrote, and remove its files."""
    about = decode((folder / _LESSON).read_bytes(), dict, limit=_RESULT_LIMIT)
    answers = np.load(folder / _ANSWERS, allow_pickle=False)
    (folder / _LESSON).unlink()
    (folder / _ANSWERS).unlink()
    return Lesson(
        answers=answers,
        task=about["task"],
        classes=tuple(about["classes"]),
        target=about["target"],
        learnwares=tuple(about["learnwares"]),
    )


def write_trained(trained: Trained, folder: Path) -> None:
    """Write a result into a folder."""
    (folder / MODEL).write_bytes(trained.model)
    (folder / CARD).write_bytes(encode(trained.card))
    rest = {
        "leaderboard": msgspec.to_builtins(trained.leaderboard),
        "preset": trained.preset,
        "seed": trained.seed,
        "rows": trained.rows,
        "held_out": trained.held_out,
        "unlabelled": trained.unlabelled,
    }
    (folder / RESULT).write_text(json.dumps(rest), encoding="utf-8")


def read_trained(folder: Path) -> Trained:
    """Read a result that :func:`write_trained` wrote.

    Raises
    ------
    WorkerError
        A file is absent or too large.
    """
    rest = json.loads(_bytes(folder / RESULT, _RESULT_LIMIT))
    board = msgspec.convert(rest.pop("leaderboard"), tuple[Row, ...])
    card = decode(_bytes(folder / CARD, _RESULT_LIMIT), Card, limit=_RESULT_LIMIT)
    return Trained(model=_bytes(folder / MODEL, _MODEL_LIMIT), card=card, leaderboard=board, **rest)


def _bytes(path: Path, limit: int) -> bytes:
    if not path.is_file() or path.stat().st_size > limit:
        raise WorkerError(f"the training process left no usable {path.name}", hint="try again")
    return path.read_bytes()


def error_to_plain(error: LwnodeError) -> dict[str, Any]:
    """Return an error as plain JSON values."""
    findings = error.findings if isinstance(error, CheckFailedError) else ()
    plain = {"code": error.code, "message": str(error), "hint": error.hint}
    return {**plain, "findings": msgspec.to_builtins(findings)}


def error_from_plain(plain: dict[str, Any]) -> LwnodeError:
    """Return the error that :func:`error_to_plain` was given, of the same type."""
    kinds = {kind.code: kind for kind in _subclasses(LwnodeError)}
    kind = kinds.get(str(plain.get("code")), LwnodeError)
    message, hint = str(plain.get("message", "")), str(plain.get("hint", ""))
    if issubclass(kind, CheckFailedError):
        findings = msgspec.convert(plain.get("findings", []), tuple[Finding, ...])
        return kind(message, findings=findings, hint=hint)
    return kind(message, hint=hint)


def _subclasses(kind: type[LwnodeError]) -> list[type[LwnodeError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in _subclasses(child))]
