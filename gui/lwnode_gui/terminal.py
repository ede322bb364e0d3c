# SPDX-License-Identifier: Apache-2.0
"""Commands that the window proposes to type in a terminal, quoted as a shell needs it.

Called by views that name a command.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from lwnode.paths import default_home


def command(*words: str, home: Path | str) -> str:
    """Return ``lwnode`` with words, and with the home where it is not the default one."""
    place = () if Path(home) == default_home() else ("--home", str(home))
    return shlex.join(("lwnode", *words, *place))
