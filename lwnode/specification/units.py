# SPDX-License-Identifier: Apache-2.0
"""Units of measurement: a small part of UCUM, and the numbers between them.

Rules
-----
* A conversion is ``theirs = factor * ours + offset`` with a positive factor.
* Mass and amount of a substance are converted only where the substance is known.
* A unit that is not known here is equal to itself and to nothing else.

Called by the matching of columns.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import NamedTuple


class _Unit(NamedTuple):
    dimension: str
    factor: float  # of the dimension's own unit
    offset: float = 0.0


_DAY = 86_400.0
_UNITS: dict[str, _Unit] = {
    "m": _Unit("length", 1.0), "cm": _Unit("length", 0.01), "mm": _Unit("length", 0.001), "km": _Unit("length", 1e3),
    "[in_i]": _Unit("length", 0.0254), "[ft_i]": _Unit("length", 0.3048),
    "kg": _Unit("mass", 1.0), "g": _Unit("mass", 1e-3), "mg": _Unit("mass", 1e-6), "ug": _Unit("mass", 1e-9),
    "[lb_av]": _Unit("mass", 0.45359237), "[oz_av]": _Unit("mass", 0.028349523125), "[jin]": _Unit("mass", 0.5),
    "s": _Unit("time", 1.0), "min": _Unit("time", 60.0), "h": _Unit("time", 3_600.0), "d": _Unit("time", _DAY),
    "wk": _Unit("time", 7 * _DAY), "mo": _Unit("time", 30.4375 * _DAY), "a": _Unit("time", 365.25 * _DAY),
    "Pa": _Unit("pressure", 1.0), "kPa": _Unit("pressure", 1e3), "bar": _Unit("pressure", 1e5),
    "mm[Hg]": _Unit("pressure", 133.322387415), "cm[H2O]": _Unit("pressure", 98.0665),
    "K": _Unit("temperature", 1.0), "Cel": _Unit("temperature", 1.0, 273.15),
    "[degF]": _Unit("temperature", 5.0 / 9.0, 459.67 * 5.0 / 9.0),
    "1": _Unit("number", 1.0), "%": _Unit("number", 0.01), "[ppth]": _Unit("number", 1e-3),
    "/min": _Unit("rate", 1.0 / 60.0), "/s": _Unit("rate", 1.0), "/h": _Unit("rate", 1.0 / 3_600.0),
    "g/L": _Unit("mass in volume", 1.0), "g/dL": _Unit("mass in volume", 10.0),
    "mg/dL": _Unit("mass in volume", 0.01), "mg/L": _Unit("mass in volume", 1e-3),
    "ug/mL": _Unit("mass in volume", 1e-3), "ug/L": _Unit("mass in volume", 1e-6),
    "ug/dL": _Unit("mass in volume", 1e-5), "ng/mL": _Unit("mass in volume", 1e-6),
    "pg/mL": _Unit("mass in volume", 1e-9), "ng/dL": _Unit("mass in volume", 1e-8),
    "mol/L": _Unit("amount in volume", 1.0), "mmol/L": _Unit("amount in volume", 1e-3),
    "umol/L": _Unit("amount in volume", 1e-6), "nmol/L": _Unit("amount in volume", 1e-9),
    "kg/m2": _Unit("body mass index", 1.0),
    "10*9/L": _Unit("cells in volume", 1e9), "10*3/uL": _Unit("cells in volume", 1e9),
    "/uL": _Unit("cells in volume", 1e6), "10*12/L": _Unit("cells in volume", 1e12),
    "10*6/uL": _Unit("cells in volume", 1e12),
    "U/L": _Unit("activity", 1.0), "L": _Unit("volume", 1.0), "dL": _Unit("volume", 0.1), "mL": _Unit("volume", 1e-3),
    "kcal": _Unit("energy", 4.184), "kJ": _Unit("energy", 1.0),
}  # fmt: skip

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "a": ("yr", "yrs", "year", "years", "y", "jahre", "岁", "歲", "年"),
    "mo": ("month", "months", "月", "个月", "個月"), "wk": ("week", "weeks", "周", "週"),
    "d": ("day", "days", "天", "日"), "h": ("hr", "hrs", "hour", "hours", "小时", "小時"),
    "min": ("mins", "minute", "minutes", "分钟", "分鐘"), "s": ("sec", "secs", "second", "seconds", "秒"),
    "mm[Hg]": ("mmhg", "毫米汞柱"), "cm[H2O]": ("cmh2o",), "kPa": ("千帕",),
    "Cel": ("c", "degc", "celsius", "°c", "℃", "摄氏度"), "[degF]": ("f", "degf", "fahrenheit", "°f", "℉", "华氏度"),
    "kg": ("kgs", "公斤", "千克"), "[lb_av]": ("lb", "lbs", "pound", "pounds", "磅"), "[oz_av]": ("oz",),
    "[jin]": ("斤", "市斤"), "[in_i]": ("in", "inch", "inches", "英寸"), "[ft_i]": ("ft", "feet", "foot", "英尺"),
    "cm": ("厘米", "公分"), "mm": ("毫米",), "m": ("米", "公尺"), "g": ("克",), "mg": ("毫克",),
    "/min": ("bpm", "1/min", "min-1", "beats/min", "breaths/min", "次/分", "次/分钟", "permin"),
    "%": ("pct", "percent", "prozent", "百分比"), "1": ("{count}", "count", "个", "次", "fraction", "ratio"),
    "kg/m2": ("kg/m^2", "kgm2", "kg/㎡"), "g/L": ("gl", "g/l", "克/升"), "g/dL": ("gdl",), "mg/dL": ("mgdl",),
    "mmol/L": ("mmoll", "毫摩尔/升"), "umol/L": ("umoll", "微摩尔/升"), "U/L": ("iu/l",),
    "10*9/L": ("10^9/l", "x10^9/l"), "10*3/uL": ("k/ul", "10^3/ul"), "10*12/L": ("10^12/l",),
    "mL": ("毫升",), "L": ("升",),
}  # fmt: skip

_MOLAR_MASS: dict[str, float] = {  # g/mol
    "glucose": 180.156, "creatinine": 113.12, "urea": 60.056, "urea nitrogen": 28.013, "cholesterol": 386.65,
    "triglycerides": 885.7, "uric acid": 168.11, "bilirubin": 584.66, "calcium": 40.078, "lactate": 90.08,
    "sodium": 22.990, "potassium": 39.098, "magnesium": 24.305, "phosphate": 30.974, "iron": 55.845,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """From one unit to another: ``theirs = factor * ours + offset``, ``factor > 0``."""

    factor: float = 1.0
    offset: float = 0.0

    def __call__(self, value: float) -> float:
        """Return our value in their unit."""
        return self.factor * value + self.offset

    @property
    def identity(self) -> bool:
        """Whether it changes nothing."""
        return self.factor == 1.0 and self.offset == 0.0


def _folded(unit: str) -> str:
    plain = unicodedata.normalize("NFKC", unit).casefold().replace("μ", "u").replace("·", "").replace("^2", "2")
    return "".join(plain.split())


_KNOWN: dict[str, str] = {_folded(unit): unit for unit in _UNITS}
for _unit, _others in _SPELLINGS.items():
    for _other in _others:
        _KNOWN.setdefault(_folded(_other), _unit)


def standard_unit(text: str) -> str:
    """Return the UCUM spelling of a unit, or the text itself, stripped, where it is not known."""
    return _KNOWN.get(_folded(text), text.strip())


def is_unit(text: str) -> bool:
    """Return whether a text is the name of a unit that is known here."""
    return _folded(text) in _KNOWN


def conversion(ours: str, theirs: str, substance: str = "") -> Conversion | None:
    """Return how to come from one unit to another, or None where there is no way.

    Parameters
    ----------
    ours, theirs : str
        In any known spelling; not empty.
    substance : str
        What a concentration is of, such as ``glucose``; needed between mass and amount only.
    """
    first, second = standard_unit(ours), standard_unit(theirs)
    if first == second:
        return Conversion()
    a, b = _UNITS.get(first), _UNITS.get(second)
    if a is None or b is None:
        return None
    factor = a.factor
    if a.dimension != b.dimension:
        mass = _MOLAR_MASS.get(substance)
        ways = {"mass in volume": "amount in volume", "amount in volume": "mass in volume"}
        if mass is None or ways.get(a.dimension) != b.dimension:
            return None
        factor = factor / mass if a.dimension == "mass in volume" else factor * mass
    return Conversion(factor=_tidy(factor / b.factor), offset=_tidy((a.offset - b.offset) / b.factor))


def alternatives(unit: str) -> tuple[str, ...]:
    """Return the other units in which a quantity of this unit may have been written down."""
    known = _UNITS.get(standard_unit(unit))
    if known is None:
        return ()
    concentrations = {"mass in volume", "amount in volume"}
    near = concentrations if known.dimension in concentrations else {known.dimension}
    return tuple(name for name, other in _UNITS.items() if other.dimension in near and name != standard_unit(unit))


def _tidy(value: float) -> float:
    """Return a factor without the last bits that arithmetic adds."""
    return float(f"{value:.9g}") + 0.0
