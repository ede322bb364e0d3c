# SPDX-License-Identifier: Apache-2.0
"""The reference engine's side of a measurement, run in its own environment (`make peer`) as a process of its own.

`run` starts a script of this folder there; scripts read and write files, import nothing of lwnode, and take CPU time in
one thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def run(python: str, script: str, *, limit_s: float | None = None, **arguments: Any) -> Any:
    """Run ``script`` with the other environment's Python and return what it wrote.

    Parameters
    ----------
    python : str
    script : str
        Name of a file of this folder, without ``.py``.
    limit_s : seconds, optional
        After which it is ended; default: never.
    arguments
        JSON values that the script is given.

    Raises
    ------
    RuntimeError
        It failed; with the end of what it said.
    TimeoutError
        It did not finish within the limit.
    """
    with tempfile.TemporaryDirectory(prefix="lwnode-reference-") as folder:
        given, out = Path(folder) / "in.json", Path(folder) / "out.json"
        given.write_text(json.dumps(arguments))
        threads = dict.fromkeys(
            ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
        )
        offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TQDM_DISABLE": "1", "HOME": folder}
        try:
            done = subprocess.run(
                [python, str(HERE / f"{script}.py"), str(given), str(out)],
                env={**os.environ, **threads, **offline},
                capture_output=True,
                text=True,
                check=False,
                timeout=limit_s,
            )
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"the reference engine's {script} did not finish in {limit_s:g} s") from error
        if done.returncode:
            raise RuntimeError(f"the reference engine failed: {done.stderr[-2000:]}")
        return json.loads(out.read_text())
