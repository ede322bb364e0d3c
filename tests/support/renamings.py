# SPDX-License-Identifier: Apache-2.0
"""Tables whose columns somebody else named: hand-written renamings of the sample, mangled names of known data sets."""

from __future__ import annotations

import random
import re

import numpy as np

from lwnode.documents import Column
from tests.support.specification import sample_profile

_F = 1 / 7.50061683  # mm[Hg] in kPa
# the sample's ten columns in their order: name, stated unit, factor from the profile's unit
RENAMINGS: dict[str, tuple[tuple[str, str, float], ...]] = {
    "abbreviations": (
        ("age", "a", 1), ("bmi", "", 1), ("sys_bp", "", 1), ("hr", "", 1), ("gluc", "", 1), ("crea", "", 1),
        ("hb", "", 1), ("n_meds", "", 1), ("prev_adm", "", 1), ("los", "", 1),
    ),
    "humps and other units": (
        ("PatientAge", "", 1), ("BodyMassIndex", "", 1), ("SystolicBP", "mmHg", 1), ("PulseRate", "bpm", 1),
        ("GlucoseMgDl", "", 18.0156), ("Creatinine_mg_dL", "", 1 / 88.4), ("HemoglobinGdL", "", 0.1),
        ("NumMedications", "", 1), ("AdmissionsPrevYear", "", 1), ("LengthOfStayHours", "", 24),
    ),
    "chinese": (
        ("年龄", "岁", 1), ("体质指数", "", 1), ("收缩压", "毫米汞柱", 1), ("心率", "次/分", 1), ("血糖", "", 1),
        ("肌酐", "", 1), ("血红蛋白", "", 1), ("用药种类数", "", 1), ("近一年住院次数", "", 1), ("住院天数", "", 1),
    ),
    "chinese and other units": (
        ("年龄(岁)", "", 1), ("BMI(kg/m²)", "", 1), ("收缩压（kPa）", "", _F), ("脉搏(次/分)", "", 1),
        ("空腹血糖(mg/dL)", "", 18.0156), ("血肌酐(μmol/L)", "", 1), ("血红蛋白(g/dL)", "", 0.1), ("药物数量", "", 1),
        ("既往入院", "", 1), ("住院时长(小时)", "", 24),
    ),
    "synonyms, no unit said": (
        ("AGE_MONTHS", "", 12), ("quetelet", "", 1), ("sbp", "kPa", _F), ("puls", "", 1), ("blood_sugar", "", 18.0156),
        ("kreatinin", "", 1), ("hgb", "", 0.1), ("drug_count", "", 1), ("hospitalisations_last_year", "", 1),
        ("stay_len", "", 1),
    ),
}  # fmt: skip
# about the 1 % and 99 % quantiles of the sample's tables
_QUANTILES = ((25, 93), (17, 36), (100, 180), (55, 110), (4, 10), (45, 200), (85, 160), (0, 13), (0, 5), (0.5, 22))


def renamed_sample(which: str, *, values: bool) -> tuple[list[Column], dict[str, tuple[str, float]]]:
    """Return shuffled columns with three that are no partner, and the truth: our name → (theirs, factor to theirs)."""
    ours, truth = [], {}
    for (name, unit, factor), (low, high), known in zip(
        RENAMINGS[which], _QUANTILES, sample_profile().features, strict=True
    ):
        bounds = {"low": low * factor, "high": high * factor} if values else {}
        ours.append(Column(name=name, type="number", unit=unit, **bounds))  # type: ignore[arg-type]
        truth[name] = (known.name, 1 / factor)
    ours += [
        Column(name="patient_no", type="integer"),
        Column(name="dbp", type="number", unit="mm[Hg]", **({"low": 50.0, "high": 100.0} if values else {})),  # type: ignore[arg-type]
        Column(name="weight", type="number", unit="kg"),
    ]
    random.Random(0).shuffle(ours)
    return ours, truth


def mangled(name: str, rng: random.Random) -> str:
    """Return a column's name as another person might write it: short, without vowels, turned round."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    way = rng.randrange(5)
    if way == 1:
        words = [word[:4] for word in words]
    elif way == 2:
        words = [word[0] + re.sub("[aeiou]", "", word[1:]) for word in words]
    elif way == 3:
        words = words[::-1]
    joined = rng.choice(["_", ".", " ", "-", "hump"])
    return "".join(word.capitalize() for word in words) if joined == "hump" else joined.join(words)


def mangled_data(which: str, seed: int, *, values: bool = True) -> tuple[list[Column], list[Column], dict[str, str]]:
    """Return our columns (60 % of theirs, shuffled and renamed), theirs, and the truth."""
    from sklearn.datasets import load_breast_cancer, load_wine

    data = {"breast cancer": load_breast_cancer, "wine": load_wine}[which]()
    rng, half = random.Random(seed), np.random.default_rng(seed).permutation(len(data.data))

    def column(name: str, j: int, rows: np.ndarray) -> Column:
        low, high = np.quantile(data.data[rows, j], [0.01, 0.99])
        return Column(name=name, type="number", **({"low": float(low), "high": float(high)} if values else {}))  # type: ignore[arg-type]

    theirs = [column(str(name), j, half[: len(half) // 2]) for j, name in enumerate(data.feature_names)]
    kept = rng.sample(range(len(theirs)), round(0.6 * len(theirs)))
    ours, truth = [], {}
    for j in kept:
        name = mangled(theirs[j].name, rng)
        while name in truth:
            name += "_"
        ours.append(column(name, j, half[len(half) // 2 :]))
        truth[name] = theirs[j].name
    return ours, theirs, truth
