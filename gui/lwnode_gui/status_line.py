# SPDX-License-Identifier: Apache-2.0
"""The line at the foot of the window: the hubs, the work that runs, the node's key.

Used by the shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtWidgets import QFrame

from lwnode_gui import words
from lwnode_gui.formats import percent, plain, tip
from lwnode_gui.theme import current
from lwnode_gui.widgets.layout import row
from lwnode_gui.widgets.painted import Bar, Dot
from lwnode_gui.widgets.text import Label

if TYPE_CHECKING:
    from lwnode.node.records import JobInfo, Status


class StatusLine(QFrame):
    """One line."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setMinimumHeight(current().px(34))
        self.dot, self.hubs = Dot(), Label("", "caption")
        self.job, self.key = Label("", "caption"), Label("", "caption")
        self.bar = Bar(None, self.tr("Progress"), width=120)
        self._own: tuple[str, float | None] | None = None
        self._running: JobInfo | None = None
        self.setLayout(row(self.dot, self.hubs, 16, self.job, self.bar, None, self.key, gap=6, margins=(0, 7, 0, 9)))
        self.show_status(None)

    def show_status(self, status: Status | None) -> None:
        """Show the node at a glance, or that there is none."""
        state: Literal["on", "some", "off"] = "off"
        if status is None:
            text, problem = self.tr("Not connected to your node"), ""
        else:
            connected, joined = sum(hub.connected for hub in status.hubs), len(status.hubs)
            problem = "\n".join(plain(f"{hub.name}: {hub.problem}", 200) for hub in status.hubs if hub.problem)
            if not joined:
                text = self.tr("No hub joined")
            elif connected == joined:
                state, text = "on", self.tr("Connected to %n hub(s)", "", joined)
            else:
                state = "some" if connected else "off"
                text = self.tr("Connected to {0} of {1} hubs").format(connected, joined)
        self.dot.show_state(state)
        self.hubs.setText(text)
        self.hubs.setToolTip(tip(problem))
        self._running = status.running[0] if status is not None and status.running else None
        self.key.setText(self.tr("Node key {0}").format(status.short) if status is not None else "")
        self._show_job()

    def show_own(self, kind: str, share: float | None) -> None:
        """Show work that this window asked for; an empty kind ends it."""
        self._own = (kind, share) if kind else None
        self._show_job()

    def _show_job(self) -> None:
        doing: tuple[str, float | None] | None = self._own
        if doing is None and self._running is not None:
            doing = self._running.kind, self._running.share
        self.job.setVisible(doing is not None)
        self.bar.setVisible(doing is not None and doing[1] is not None)
        if doing is not None:
            kind, share = doing
            text = words.job(kind)
            self.job.setText(f"{text} {percent(share)}" if share is not None else f"{text}…")
            self.bar.set_share(share)
