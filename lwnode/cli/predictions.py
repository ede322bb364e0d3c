# SPDX-License-Identifier: Apache-2.0
"""Predictions as a CSV file, written whole or not at all."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from lwnode.cli.output_file import write_output
from lwnode.types import Mask, Matrix


def _safe(text: str) -> str:
    """Return a foreign label so that no spreadsheet takes it for a formula; numbers stay numbers."""
    try:
        float(text)
    except ValueError:
        return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
    return text


def write_predictions(out: Path, values: Matrix, classes: tuple[str, ...], covered: Mask | None = None) -> None:
    """Write a row for each prediction: label and probabilities, or the value; and whether the row was covered.

    Raises
    ------
    SettingsError
        The file cannot be written; nothing is left of it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    head = ["prediction", *(f"p({_safe(label)})" for label in classes)] if classes else ["prediction"]
    writer.writerow(head + (["covered"] if covered is not None else []))
    chosen = values.argmax(1) if classes else np.zeros(len(values), dtype=int)
    for i, row in enumerate(values):
        cells = [_safe(classes[chosen[i]]), *(f"{p:.6g}" for p in row)] if classes else [f"{row[0]:.6g}"]
        writer.writerow(cells + ([str(int(covered[i]))] if covered is not None else []))
    write_output(out, text.getvalue().encode())
