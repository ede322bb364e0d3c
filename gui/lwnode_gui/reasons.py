# SPDX-License-Identifier: Apache-2.0
"""The sentences of a search in the language of the window, by their stable codes.

The English stands in `lwnode.market.reasons` too; a test compares the two, so that a new code cannot be forgotten here.

Called by the market's views.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lwnode_gui.formats import plain

translate = QCoreApplication.translate


def sentence(code: str, otherwise: str) -> str:
    """Return the sentence of a code, or ``otherwise`` where the code is newer than this window."""
    known = _sentences()
    return known[code] if code in known else plain(otherwise, 300)


def why_not(code: str) -> str:
    """Return in a few words why a learnware is not recommended; empty where the code is not known."""
    known = {
        "far": translate("Reasons", "far away"),
        "columns-alike": translate("Reasons", "single columns only"),
        "coarse-sketch": translate("Reasons", "sketch too coarse"),
        "covers-anything": translate("Reasons", "sketch covers anything"),
        "few-rows": translate("Reasons", "too few rows"),
        "columns-only": translate("Reasons", "not alike together"),
    }
    return known.get(code, "")


def _sentences() -> dict[str, str]:
    """Return code → sentence."""
    return {
        "fits": translate("Reasons", "Its data look like yours, and the columns hang together in the same way."),
        "fits-one-column": translate("Reasons", "Its data look like yours; there is only one column to compare."),
        "fits-unchecked": translate(
            "Reasons",
            "Its data look like yours, column by column. "
            "Whether the columns hang together in the same way could not be checked.",
        ),
        "fits-coarsely": translate(
            "Reasons",
            "Your columns hang together as in its data. Both are near the public average, "
            "so there is no number for how well it fits.",
        ),
        "columns-only": translate(
            "Reasons",
            "Column by column its data look like yours, but the columns do not hang together in the same way.",
        ),
        "partly": translate("Reasons", "Its data look like a part of your rows."),
        "partly-unchecked": translate(
            "Reasons",
            "Its data look like a part of your rows. "
            "Whether the columns hang together in the same way could not be checked.",
        ),
        "far": translate("Reasons", "Its data are far from your rows."),
        "columns-alike": translate(
            "Reasons", "At most single columns look alike; taken together, its data are different."
        ),
        "coarse-sketch": translate(
            "Reasons", "Its sketch is too coarse to tell: few rows are behind it, or much noise protects them."
        ),
        "covers-anything": translate(
            "Reasons", "Its sketch would cover almost any table, so it says little about yours."
        ),
        "few-rows": translate("Reasons", "You have too few rows to tell."),
        "shared-fits": translate(
            "Reasons",
            "On the columns that you share its data look like yours; its others could not be compared.",
        ),
        "shared-unchecked": translate(
            "Reasons",
            "On the columns that you share its data look like yours, one by one. "
            "Whether they hang together could not be checked.",
        ),
        "shared-partly": translate(
            "Reasons",
            "On the columns that you share its data look like a part of your rows; its others could not be compared.",
        ),
        "together": translate("Reasons", "Together they look like your data: each of them knows a part of your rows."),
        "together-unchecked": translate(
            "Reasons",
            "Together they look like your data, column by column. "
            "Whether the columns hang together in the same way could not be checked.",
        ),
        "together-coarsely": translate(
            "Reasons",
            "Together they may be like your data, but they are near the public average, "
            "so there is no number for how well they fit.",
        ),
        "together-columns-only": translate(
            "Reasons",
            "Together they look like your data column by column, but the columns do not hang together in the same way.",
        ),
        "together-partly": translate("Reasons", "Together they look like a part of your rows."),
        "no-learnwares": translate("Reasons", "There is nothing to compare your rows with yet."),
        "no-compatible": translate("Reasons", "None of the models on offer can be compared with your columns."),
        "nothing-fits": translate("Reasons", "None of the models on offer was trained on data like yours."),
        "missing-columns": translate("Reasons", "It needs columns that you do not have."),
        "other-type": translate("Reasons", "A column of that name holds another kind of values."),
        "other-unit": translate("Reasons", "A column of that name is in another unit."),
        "other-data": translate("Reasons", "It is made for another kind of data."),
    }
