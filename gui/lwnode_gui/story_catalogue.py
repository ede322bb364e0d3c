# SPDX-License-Identifier: Apache-2.0
"""The learnwares of the story, in English and Chinese; only the story imports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lwnode.documents import Input

TRUST: dict[str, Literal["own", "introduced", "pinned"]] = {
    "clinic": "own",
    "general": "pinned",
    "geriatric": "pinned",
    "maternity": "introduced",
}
STAY = (
    Input(name="age", type="number", unit="a"),
    Input(name="sex", type="category", levels=("f", "m")),
    Input(name="length_of_stay", type="number", unit="d"),
    Input(name="prior_admissions", type="number"),
    Input(name="creatinine_max", type="number", unit="umol/L"),
    Input(name="ward", type="category", levels=("internal", "surgery", "cardiology", "neurology")),
    Input(name="discharge_to", type="category", levels=("home", "care", "other")),
    Input(name="emergency", type="category", levels=("no", "yes")),
)
INPUTS = {
    "general": STAY,
    "geriatric": STAY,
    "maternity": (
        Input(name="age", type="number", unit="a"),
        Input(name="gestation_week", type="number", unit="wk"),
        Input(name="parity", type="number"),
        Input(name="weight_before", type="number", unit="kg"),
        Input(name="smoker", type="category", levels=("no", "yes")),
    ),
    "clinic": (
        Input(name="referral", type="category", levels=("urgent", "routine")),
        Input(name="field", type="category", levels=("eyes", "heart", "joints", "skin")),
        Input(name="month", type="number"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One learnware of the story; names and descriptions in English and Chinese."""

    key: str
    who: str
    name: tuple[str, str]
    description: tuple[str, str]
    target: str
    figure: str
    value: tuple[float, float, float]
    rows: int
    size: int
    task: str = "Classification"
    privacy: Literal["private", "no-noise", "public"] = "private"
    epsilon: float = 1.0
    like: str = ""  # whose columns, where not its publisher's


PLANS = (
    Plan(
        key="readmission",
        who="general",
        name=("30-day readmission, general wards", "普通病房 30 天再入院风险"),
        description=(
            "Ranks adult inpatients by the risk of coming back within 30 days of discharge.",
            "按出院后 30 天内再入院的风险，对成年住院患者排序。",
        ),
        target="readmitted",
        figure="auc",
        value=(0.81, 0.79, 0.83),
        rows=48_000,
        size=1_842_000,
    ),
    Plan(
        key="readmission-65",
        who="geriatric",
        name=("Readmission of patients over 65", "65 岁以上患者再入院风险"),
        description=(
            "The same question for older patients, with their longer stays.",
            "针对住院时间更长的老年患者的同一问题。",
        ),
        target="readmitted",
        figure="auc",
        value=(0.77, 0.74, 0.8),
        rows=9_400,
        size=1_204_000,
    ),
    Plan(
        key="stay",
        who="general",
        name=("Length of stay after surgery", "术后住院天数"),
        description=("Days in hospital after a planned operation.", "择期手术后的住院天数。"),
        target="days",
        figure="rmse",
        value=(2.1, 1.9, 2.3),
        rows=12_000,
        size=2_391_000,
        task="Regression",
        epsilon=2.0,
    ),
    Plan(
        key="falls",
        who="geriatric",
        name=("Falls in the first week", "入院首周跌倒风险"),
        description=("Risk of a fall within a week of admission.", "入院一周内跌倒的风险。"),
        target="fell",
        figure="auc",
        value=(0.72, 0.68, 0.76),
        rows=3_100,
        size=640_000,
    ),
    Plan(
        key="preterm",
        who="maternity",
        name=("Preterm birth risk", "早产风险"),
        description=(
            "Risk of a birth before week 37, from the visits up to week 20.",
            "根据孕 20 周前的产检预测 37 周前分娩的风险。",
        ),
        target="preterm",
        figure="auc",
        value=(0.74, 0.7, 0.78),
        rows=5_200,
        size=918_000,
        privacy="no-noise",
    ),
    Plan(
        key="weight",
        who="maternity",
        name=("Birth weight from early visits", "早期产检预测出生体重"),
        description=("Weight of the newborn in grams.", "新生儿体重（克）。"),
        target="weight",
        figure="rmse",
        value=(410.0, 392.0, 428.0),
        rows=5_200,
        size=873_000,
        task="Regression",
        epsilon=0.5,
    ),
    Plan(
        key="wait",
        who="clinic",
        name=("Weeks until a specialist visit", "专科预约等待周数"),
        description=(
            "Waiting time by kind of referral, field and month.",
            "按转诊类型、科室和月份预测等待时间。",
        ),
        target="weeks",
        figure="rmse",
        value=(1.4, 1.3, 1.6),
        rows=1_900,
        size=426_383,
        task="Regression",
        privacy="public",
    ),
)
COPY = Plan(
    key="readmission-again",
    who="maternity",
    name=PLANS[0].name,
    description=PLANS[0].description,
    target="readmitted",
    figure="auc",
    value=PLANS[0].value,
    rows=48_000,
    size=1_842_000,
    like="general",
)
"""The first learnware, published again by somebody else."""

ISLANDS: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "island of admissions": (("Admissions, common columns", "入院数据，公共列"), ("general", "geriatric")),
    "island of births": (("Births, early visits", "早期产检数据"), ("maternity",)),
    "island of referrals": (("Referrals", "转诊数据"), ("clinic",)),
}
"""Key → name in English and Chinese, and whose learnwares are on it; the largest first."""

PLACES = {
    "readmission": (0.06, 0.04),
    "readmission-65": (-0.11, 0.05),
    "stay": (0.25, -0.15),
    "falls": (-0.2, -0.18),
    "preterm": (-0.08, 0.0),
    "weight": (0.08, 0.0),
    "wait": (0.0, 0.0),
}
"""Key → place on the map of its island."""
