# SPDX-License-Identifier: Apache-2.0
"""What Flower's library must find in the process before it is first imported.

Rules
-----
* flwr reports usage and asks for updates unless told otherwise, and reads both switches while it is imported: they are
  set here, and every module that imports flwr is itself imported only after :func:`prepare` ran.
* flwr keeps files of its own under ``FLWR_HOME``; that is a directory below the node's home, never the user's.
* flwr logs to standard error through a handler of its own.  It is taken away, so that its records go where ours go.

Called by `lwnode_protocols.hub` and `lwnode_protocols.worker`.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from lwnode.errors import SettingsError

_SWITCHES = {"FLWR_TELEMETRY_ENABLED": "0", "FLWR_DISABLE_UPDATE_CHECK": "1", "FLWR_LOG_LEVEL": "WARNING"}


def prepare(home: Path) -> None:
    """Set Flower's switches and import it quietly; does nothing harmful the second time.

    Parameters
    ----------
    home : Path
        The node's home; flwr's files would go to ``run/flwr`` below it.

    Raises
    ------
    SettingsError
        flwr was imported before with telemetry on.
    """
    imported = "flwr" in sys.modules
    if imported and os.environ.get("FLWR_TELEMETRY_ENABLED", "1") != "0":
        raise SettingsError(
            "flwr was imported by this process with its telemetry on",
            hint="set FLWR_TELEMETRY_ENABLED=0 before flwr is imported",
        )
    if not imported:
        os.environ.update(_SWITCHES)
        os.environ["FLWR_HOME"] = str(home / "run" / "flwr")
    import flwr.app  # noqa: F401  (for its effect: it installs the handler that is taken away next)

    logger = logging.getLogger("flwr")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.setLevel(logging.WARNING)
