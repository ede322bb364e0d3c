# SPDX-License-Identifier: Apache-2.0
"""Levels that categories often have: a public list, so that counting its members says nothing by itself.

A level that is found in the rows and published tells that somebody has it.  Which of *these* levels a column has can
be said with Gaussian noise on their counts, because the list was there before the rows.

Rules
-----
* The list belongs to the mechanism: a change of it is a new mechanism (`lwnode.specification.quantiles.MECHANISM`).
* No spelling stands for another here; `lwnode.specification.matching` knows which levels mean the same.

Called by the private bounds.
"""

from __future__ import annotations

import string

_SPELLINGS = (
    *map(str, range(21)),
    *string.ascii_uppercase,
    *string.ascii_lowercase,
    "yes", "no", "Yes", "No", "YES", "NO", "true", "false", "True", "False", "TRUE", "FALSE",
    "male", "female", "Male", "Female", "MALE", "FEMALE", "other", "Other", "unknown", "Unknown", "none", "None",
    "negative", "positive", "Negative", "Positive", "normal", "abnormal", "Normal", "Abnormal", "+", "-",
    "low", "medium", "high", "Low", "Medium", "High", "mild", "moderate", "severe", "Mild", "Moderate", "Severe",
    "never", "former", "current", "Never", "Former", "Current", "single", "married", "divorced", "widowed",
    "I", "II", "III", "IV", "V", "A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-", "AB",
    "男", "女", "是", "否", "有", "无", "無", "阴性", "阳性", "陰性", "陽性", "正常", "异常", "異常", "未知", "其他",
    "低", "中", "高", "轻度", "中度", "重度", "輕度", "已婚", "未婚", "离异", "丧偶",
)  # fmt: skip
COMMON_LEVELS: tuple[str, ...] = tuple(dict.fromkeys(_SPELLINGS))
"""Each once, in this order."""
