# SPDX-License-Identifier: Apache-2.0
"""The window of a node: a thin client in Qt that shows what a running daemon knows.

`app` reads the command line and opens the `shell`: side bar, screens, status line.  A screen is a view that shows one
frozen state and a presenter that makes it; the views are `market`, `partners` and `outbox`, made of `widgets`.
`connection` talks to the daemon through `lwnode.node.facade.Node` in the one thread of `background`; `readings` are
the questions it asks there.  `tokens`, `theme` and `stylesheet` say how everything looks, `language` and
``languages/`` in which words; `words` and `reasons` name the values of the records.  `shots` renders every screen of
the `story` for review.

Rules
-----
* No claim stands on the screen that is not computed from what the node answered.
* The window's thread never waits for the node; nothing of training, models or Flower is imported here.
* Text that others wrote is shown as plain text.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window of the node in ``--home`` and stay until it is closed.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; default: the command line's.

    Returns
    -------
    int
        Exit status.
    """
    from lwnode_gui.app import run

    return run(argv)
