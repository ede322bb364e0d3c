# SPDX-License-Identifier: Apache-2.0
"""Which release of Flower the adapter was written for.

Called by the other modules of the room when they are first used, and by the contract test.
"""

from __future__ import annotations

import re
from importlib.metadata import version

from lwnode.errors import SettingsError

SUPPORTED = (1, 41)


def check(installed: str | None = None) -> str:
    """Return the installed release of flwr.

    Raises
    ------
    SettingsError
        It is another minor release than the one this was written for.
    """
    found = installed if installed is not None else version("flwr")
    numbers = re.match(r"(\d+)\.(\d+)", found)
    if numbers is None or (int(numbers[1]), int(numbers[2])) != SUPPORTED:
        wanted = ".".join(map(str, SUPPORTED))
        raise SettingsError(
            f"flwr {found} is installed, this release of lwnode needs flwr {wanted}",
            hint=f'install it with: pip install "flwr>={wanted},<{SUPPORTED[0]}.{SUPPORTED[1] + 1}"',
        )
    return found
