# SPDX-License-Identifier: Apache-2.0
"""The training process: ``python -m lwnode.training.worker_process FOLDER MEMORY SETTINGS``.

Rules
-----
* The first thing it does is to limit itself: address space, no core dump.
* Standard output carries one JSON object a line: progress, then the end or an error.  What libraries print is lost.
* Of an error that is not ours only the type and the place are told: its message may quote data.
* Standard input carries nothing; when it closes, the node is gone: the folder is removed and the process ends.
* The table's file is removed as soon as it is read.

Started by `lwnode.training.process` and by nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

_NO_MEMORY = ("failed to map segment", "Cannot allocate memory", "can't allocate memory", "bad_alloc")


def main(arguments: list[str]) -> int:
    """Train as asked and return the exit status."""
    folder, memory, settings = Path(arguments[0]), int(arguments[1]), json.loads(arguments[2])
    _limit(memory)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    threading.Thread(target=_watch_parent, args=(folder,), daemon=True).start()

    def say(**event: Any) -> None:
        out.write(json.dumps(event) + "\n")

    from lwnode.errors import LwnodeError, WorkerError
    from lwnode.training.exchange import TABLE, error_to_plain, take_lesson, take_start, take_table, write_trained

    def crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        code = trace.tb_frame.f_code if trace is not None else None
        where = f"{Path(code.co_filename).name}:{trace.tb_lineno}" if code and trace else ""
        say(event="crash", kind=kind.__name__, where=where)

    sys.excepthook = crash

    def fail(error: LwnodeError) -> int:
        say(event="error", **error_to_plain(error))
        return 1

    no_memory = WorkerError(
        f"training needs more than the {memory / 2**30:.1f} GiB of memory it may use",
        hint="raise worker_memory in the settings, or train with a smaller preset",
    )
    try:
        say(event="progress", share=None, doing="starting")
        table = take_table(folder / TABLE)

        def progress(share: float | None, doing: str) -> None:
            say(event="progress", share=share, doing=doing)

        work = settings.pop("work")
        if work == "distil":
            from lwnode.training.distillation import distil

            trained = distil(table, take_lesson(folder), progress=progress, **settings)
        elif work == "tune":
            from lwnode.training.tuning import tune

            trained = tune(table, take_start(folder), progress=progress, **settings)
        else:
            from lwnode.training.fit import train

            trained = train(table, progress=progress, **settings)
        write_trained(trained, folder)
    except LwnodeError as error:
        return fail(error)
    except MemoryError:
        return fail(no_memory)
    except (ImportError, RuntimeError, OSError) as error:
        if any(sign in str(error) for sign in _NO_MEMORY):
            return fail(no_memory)
        raise
    say(event="done")
    return 0


def _limit(memory: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _watch_parent(folder: Path) -> None:
    """Remove the folder and end as soon as the node has gone."""
    while os.read(0, 1024):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    os._exit(status)  # nothing is left to be done, and taking libraries down costs a quarter of a second
