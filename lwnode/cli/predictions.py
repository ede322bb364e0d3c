# SPDX-License-Identifier: Apache-2.0
"""Predictions as a CSV file, written whole or not at all."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np

from lwnode.errors import SettingsError
from lwnode.types import Mask, Matrix


def _safe(text: str) -> str:
    """Return a foreign label so that no spreadsheet takes it for a formula."""
    return "'" + text if text[:1] in "=+-@\t\r" and text[:1] else text


def write_predictions(out: Path, values: Matrix, classes: tuple[str, ...], covered: Mask | None = None) -> None:
    """Write a row for each prediction: label and probabilities, or the value; and whether the row was covered.

    Raises
    ------
    SettingsError
        The file cannot be written; nothing is left of it.
    """
    temporary = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            head = ["prediction", *(f"p({_safe(label)})" for label in classes)] if classes else ["prediction"]
            writer.writerow(head + (["covered"] if covered is not None else []))
            chosen = values.argmax(1) if classes else np.zeros(len(values), dtype=int)
            for i, row in enumerate(values):
                cells = [_safe(classes[chosen[i]]), *(f"{p:.6g}" for p in row)] if classes else [f"{row[0]:.6g}"]
                writer.writerow(cells + ([int(covered[i])] if covered is not None else []))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise SettingsError(f"{out} cannot be written: {error.strerror}", hint="choose another --out") from error
