# SPDX-License-Identifier: Apache-2.0
"""Generate the first-run sample in ``lwnode/cli/sample``: three hospitals publish, two clinics search.

No real person is in it.  The hospitals differ in whom they treat and in what brings a patient back within 30 days, so a
model is right only where its patients are: the new clinic is geriatric, the regional clinic mixes old and young ones.
``profile.json`` beside the tables holds the public frame, with bounds as a clinician would type them.  It is a
demonstration, not evidence about medicine.

``python -m benchmarks.sample [FOLDER]`` writes the tables; the same bytes every time.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["general", "young", "geriatric"]
Array = NDArray[np.float64]

SEED = 20261123
COLUMNS = (
    "age_years",
    "bmi_kg_m2",
    "systolic_mmhg",
    "heart_rate_bpm",
    "glucose_mmol_l",
    "creatinine_umol_l",
    "haemoglobin_g_l",
    "medications",
    "prior_admissions_12m",
    "length_of_stay_days",
)
DECIMALS = (0, 1, 0, 0, 1, 0, 0, 0, 0, 1)
HARD = (
    (16, 103), (14, 55), (75, 230), (40, 160), (2.5, 28), (25, 480), (60, 185), (0, 25), (0, 14), (0.5, 60),
)  # fmt: skip
MISSING = {"bmi_kg_m2": 0.03, "glucose_mmol_l": 0.02, "creatinine_umol_l": 0.02, "haemoglobin_g_l": 0.015}
WARDS: dict[Kind, tuple[str, ...]] = {
    "general": ("Medicine 1", "Medicine 2", "Surgery", "Cardiology", "Day unit"),
    "young": ("Maternity", "Gynaecology", "Neonatal rooming-in", "Short stay"),
    "geriatric": ("Acute geriatrics", "Ortho-geriatrics", "Stroke unit", "Memory ward"),
}


def patients(rng: np.random.Generator, kind: Kind, n: int) -> Array:
    """Return n patients (n, 10) in the units of the columns; frailty, load and acuity are what the columns share."""
    frail, load, acute = rng.normal(size=(3, n))
    own = rng.normal(size=(10, n))
    mean_age, sd_age = {"general": (53.0, 15.0), "young": (29.0, 5.5), "geriatric": (81.0, 6.5)}[kind]
    g, y, o = (float(kind == name) for name in ("general", "young", "geriatric"))
    age = mean_age + sd_age * (0.35 * frail + 0.94 * own[0])
    bmi = 26.5 * g + 27.5 * y + 24 * o + 3.6 * load - 1.6 * o * frail + 2 * own[1]
    systolic = 129 * g + 114 * y + 140 * o + 8 * load - 5 * acute + 11 * own[2]
    pulse = 78 * g + 88 * y + 73 * o + 8 * acute + 2.5 * frail + 6 * own[3]
    glucose = np.exp(np.log(5.9 * g + 5.0 * y + 6.7 * o) + 0.18 * load + 0.05 * acute + 0.10 * own[4])
    creatinine = np.exp(
        np.log(80.0 * g + 57 * y + 103 * o) + 0.22 * frail * (1 - 0.6 * y) + 0.06 * acute + 0.13 * own[5]
    )
    haemoglobin = 137 * g + 114 * y + 119 * o - 7 * frail - 3 * acute + 8 * own[6]
    medications = rng.poisson(np.exp(np.log(3.6 * g + 1.2 * y + 7.5 * o) + 0.25 * frail + 0.15 * load))
    prior = rng.poisson(np.exp(np.log(0.8 * g + 0.35 * y + 1.5 * o) + 0.45 * frail))
    stay = rng.gamma(3.0, np.exp(np.log(4.6 * g + 3.0 * y + 10.0 * o) + 0.25 * frail + 0.22 * acute) / 3)
    table = np.stack([age, bmi, systolic, pulse, glucose, creatinine, haemoglobin, medications, prior, stay], axis=1)
    clipped: Array = np.clip(table, *np.array(HARD).T)
    return clipped


def readmitted(rng: np.random.Generator, kind: Kind, rows: Array) -> NDArray[np.intp]:
    """Return 0 or 1 for each row; each kind of hospital has its own reasons to come back."""

    def ramp(value: Array, centre: float, width: float, low: float, high: float) -> Array:
        out: Array = np.clip((value - centre) / width, low, high)
        return out

    _, bmi, systolic, pulse, glucose, creatinine, haemoglobin, medications, prior, stay = rows.T
    if kind == "geriatric":  # discharged too early, dry or anaemic, too many pills, blood pressure treated too hard
        early = np.clip((8 - stay) / 4, -1.2, 1.5)
        score = -1.6 + 1.5 * early + 1.0 * ramp(creatinine, 105, 25, -1.0, 2.0) + 1.1 * (haemoglobin < 112)
        score = (
            score + 0.9 * ramp(medications, 8, 3, -1, 1.5) + 1.2 * (systolic < 130) - 0.5 * ramp(bmi, 24, 4, -1.5, 1.5)
        )
    elif kind == "young":  # high blood pressure, sugar, infection after a long stay, loss of blood
        score = -2.3 + 1.3 * ramp(systolic, 118, 10, -1, 2) + 1.2 * ramp(glucose, 5.2, 0.9, -1, 2)
        score = score + 1.0 * ramp(stay, 3.2, 1.5, -1, 2) + 0.8 * ramp(pulse, 90, 9, -1, 2) + 0.7 * (haemoglobin < 104)
    else:  # chronic disease: known patients, sugar, kidneys, many pills, long stays
        score = -2.0 + 0.7 * np.clip(prior, 0, 4) + 0.8 * ramp(glucose, 6, 1.3, -1, 2) + 0.5 * ramp(stay, 5, 2.5, -1, 2)
        score = score + 0.8 * ramp(creatinine, 90, 25, -1, 2) + 0.7 * (haemoglobin < 122)
        score = score + 0.6 * ramp(medications, 4, 2.5, -1, 1.5)
    back: NDArray[np.intp] = (rng.random(len(rows)) < 1 / (1 + np.exp(-1.1 * score))).astype(np.intp)
    return back


def table(
    rng: np.random.Generator, prefix: str, parts: Sequence[tuple[Kind, int]]
) -> tuple[list[list[str]], NDArray[np.intp]]:
    """Return rows of text for the (kind, rows) parts in random order, and the answers."""
    rows: list[Array] = []
    answers: list[NDArray[np.intp]] = []
    wards: list[str] = []
    for kind, n in parts:
        x = patients(rng, kind, n)
        rows.append(x)
        answers.append(readmitted(rng, kind, x))
        wards += list(rng.choice(WARDS[kind], n))
    x, y = np.concatenate(rows), np.concatenate(answers)
    order = rng.permutation(len(x))
    gone = rng.random(x.shape) < [MISSING.get(column, 0.0) for column in COLUMNS]

    def cells(i: int) -> list[str]:
        return ["" if gone[i, j] else f"{x[i, j]:.{DECIMALS[j]}f}" for j in range(len(COLUMNS))]

    return [[f"{prefix}-{1000 + k}", wards[i], *cells(i)] for k, i in enumerate(order)], y[order]


def write(file: Path, rows: list[list[str]], answers: NDArray[Any] | None = None) -> None:
    """Write one table; with answers it has the target as its last column."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["patient_id", "ward", *COLUMNS] + (["readmitted_30d"] if answers is not None else []))
        if answers is None:
            writer.writerows(rows)
        else:
            writer.writerows([*row, int(answer)] for row, answer in zip(rows, answers, strict=True))


def generate(folder: Path) -> None:
    """Write all tables into ``folder``."""
    rng = np.random.default_rng(SEED)
    hospitals: tuple[tuple[str, str, Kind], ...] = (
        ("hospital_a_general", "A", "general"),
        ("hospital_b_maternity_young", "B", "young"),
        ("hospital_c_geriatric", "C", "geriatric"),
    )
    for name, prefix, kind in hospitals:
        write(folder / f"{name}.csv", *table(rng, prefix, [(kind, 3000)]))
    clinics: tuple[tuple[str, str, list[tuple[Kind, int]]], ...] = (
        ("new_clinic", "N", [("geriatric", 600)]),
        ("regional_clinic", "R", [("geriatric", 360), ("young", 240)]),
    )
    for name, prefix, parts in clinics:
        rows, answers = table(rng, prefix, parts)
        write(folder / f"{name}_unlabelled.csv", rows)
        write(folder / f"{name}_answers.csv", rows, answers)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent / "lwnode" / "cli" / "sample"
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else here)
