# SPDX-License-Identifier: Apache-2.0
"""The command line: one command for every action, rendered for a person or, with ``--json``, for a program."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    0 done, 1 anything else, 2 usage, 3 refused by policy or audit, 4 not verified, 5 partner or network, 6 nothing
    fits.
    """
    # small kernels on several BLAS threads cost several times the CPU; a person may still choose otherwise
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from lwnode.cli.app import run

    return run(list(sys.argv[1:] if arguments is None else arguments))
