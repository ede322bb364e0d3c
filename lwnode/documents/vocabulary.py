# SPDX-License-Identifier: Apache-2.0
"""The vocabularies of the semantic specification, with labels in English and Chinese.

The values are those of the `learnware` package (its semantic schema), so that specifications carry over in both
directions; the labels are ours.  Values are stored, labels are shown.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh"]

_DATA = {"Table": "表格", "Image": "图像", "Text": "文本"}
_TASK = {
    "Classification": "分类",
    "Regression": "回归",
    "Feature Extraction": "特征提取",
    "Segmentation": "分割",
    "Object Detection": "目标检测",
    "Text Generation": "文本生成",
    "Others": "其他",
}
_MODEL = {
    "Base Model": "基础模型",
    "Fine-tuned Model": "微调模型",
    "PEFT Model": "参数高效微调模型",
    "Others": "其他",
}
_LIBRARY = {
    "Scikit-learn": "Scikit-learn",
    "PyTorch": "PyTorch",
    "TensorFlow": "TensorFlow",
    "Others": "其他",
}
_SCENARIO = {
    "Business": "商业",
    "Financial": "金融",
    "Health": "健康",
    "Politics": "政治",
    "Computer": "计算机",
    "Internet": "互联网",
    "Traffic": "交通",
    "Nature": "自然",
    "Fashion": "时尚",
    "Industry": "工业",
    "Agriculture": "农业",
    "Education": "教育",
    "Entertainment": "娱乐",
    "Architecture": "建筑",
    "Others": "其他",
}
_LICENSE = [
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "GPL-2.0",
    "GPL-3.0",
    "LGPL-2.1",
    "LGPL-3.0",
    "AGPL-3.0",
    "ECL-2.0",
    "AFL-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
]

VOCABULARY: MappingProxyType[str, MappingProxyType[str, str]] = MappingProxyType(
    {
        "data": MappingProxyType(_DATA),
        "task": MappingProxyType(_TASK),
        "model": MappingProxyType(_MODEL),
        "library": MappingProxyType(_LIBRARY),
        "scenario": MappingProxyType(_SCENARIO),
        "license": MappingProxyType({**{name: name for name in _LICENSE}, "Others": "其他"}),
    }
)
"""Field → value → Chinese label; the value itself is the English label."""


def label(field: str, value: str, language: Language = "en") -> str:
    """Return the label of a vocabulary value, or the value itself where it has none."""
    return VOCABULARY[field].get(value, value) if language == "zh" else value


def standard(field: str, value: str) -> str:
    """Return the vocabulary's own spelling of ``value`` (case does not matter), or ``value`` where it is unknown."""
    for known in VOCABULARY[field]:
        if known.lower() == value.strip().lower():
            return known
    return value
