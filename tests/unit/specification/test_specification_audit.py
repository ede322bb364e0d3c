# SPDX-License-Identifier: Apache-2.0
"""Points that repeat rows, and names that look personal."""

import dataclasses

import numpy as np
import pytest

from lwnode.specification import Specification, audit_columns, audit_points, from_frame, specify, to_frame
from lwnode.specification.copies import near_copies, neighbour_distance
from tests.support.specification import clusters, numbers, private_card

PROFILE = numbers()
X = clusters(600)


def with_points(frame: np.ndarray, *, private: bool = False, profile=PROFILE) -> Specification:
    card = private_card(profile)
    if not private:
        card = dataclasses.replace(specify(X[:, : profile.width], profile, privacy="public").card)
    return Specification(
        points=from_frame(profile, frame), weights=np.full(len(frame), 1 / len(frame)), profile=profile, card=card
    )


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("shift", [0.0, 0.015])
def test_a_point_on_or_beside_a_row_is_refused(private: bool, shift: float) -> None:
    away = shift * neighbour_distance(PROFILE, X) * np.array([1, 0, 0, 0])
    frame = np.concatenate([np.full((9, 4), 3.0), to_frame(PROFILE, X[17:18]) + away])
    (finding,) = audit_points(with_points(frame, private=private), X)
    assert (finding.code, finding.severity) == ("copy-in-points", "refuse")
    assert "1 of 10 points" in finding.message


def test_a_point_between_rows_is_no_copy() -> None:
    away = 0.05 * neighbour_distance(PROFILE, X) * np.array([1, 0, 0, 0])
    assert audit_points(with_points(to_frame(PROFILE, X[:20]) + away), X) == ()


def test_a_combination_that_ten_rows_share_is_nobodys() -> None:
    shared = np.tile([1.0, -1.0, 0.5, 2.0], (10, 1))
    frame = to_frame(PROFILE, shared[:1])
    assert not near_copies(frame, PROFILE, np.concatenate([X, shared])).any()
    assert near_copies(frame, PROFILE, np.concatenate([X, shared[:9]])).all()


def test_duplicates_do_not_hide_copies() -> None:
    rows = np.concatenate([np.tile(X[:50], (5, 1)), X[50:60]])  # most rows have a neighbour at distance 0
    assert neighbour_distance(PROFILE, rows) > 0
    assert near_copies(to_frame(PROFILE, rows[:1]), PROFILE, rows).all()


def test_a_private_point_of_one_column_meets_rows_by_chance() -> None:
    narrow = numbers(1)
    frame = np.concatenate([to_frame(narrow, X[:2, :1]), np.full((8, 1), 3.9)])
    (private,) = audit_points(with_points(frame, private=True, profile=narrow), X[:, :1])
    (open_,) = audit_points(with_points(frame, profile=narrow), X[:, :1])
    assert (private.severity, open_.severity) == ("warn", "refuse")
    assert "guarantee" in private.message


@pytest.mark.parametrize("mode", ["private", "no-noise"])
@pytest.mark.parametrize("width", [3, 4, 10])
def test_what_we_make_passes(mode: str, width: int) -> None:
    raw, settings = clusters(400, width), {"epsilon": 2.0} if mode == "private" else {}
    for seed in range(3):
        spec = specify(raw, numbers(width), privacy=mode, rng=np.random.default_rng(seed), **settings)
        assert audit_points(spec, raw) == ()


def test_rows_that_are_one_of_a_kind_are_not_republished() -> None:
    rng = np.random.default_rng(0)
    unique = rng.choice([-1.0, 1.0], size=(5, 8)) * rng.uniform(2, 3, size=(5, 8))
    raw = np.concatenate([clusters(300, 8), unique])
    apart = neighbour_distance(numbers(8), raw)
    for mode, settings in (("private", {"epsilon": 8.0}), ("no-noise", {})):
        spec = specify(raw, numbers(8), privacy=mode, rng=rng, **settings)
        distances = np.linalg.norm(unique[:, None] - spec.frame[None], axis=2)
        assert distances.min() > 0.5 * apart


PERSONAL = """
    name; Name; patient_name; PatientName; lastName; patient_id; ID; MRN; ssn; passport_no; email; e-mail; Phone number;
    zip_code; PostCode; home address; date_of_birth; DOB; birth-date; GPS; lat; iban; IPAddress; fingerprint_hash;
    姓名; 患者姓名; 身份证号码; 身分證字號; 手机号; 手機號碼; 家庭住址; 出生日期;
    病历号; 病歷號碼; 住院号; 银行卡号; 患者ID; ＩＤ
"""
PLAIN = """
    age_years; bmi_kg_m2; length_of_stay_days; drug_name; hostname; filename; birth_weight_g; valid; flat; platelets;
    midday; lipid; dosage; readmitted_30d; ward; 年龄; 性别; 出生体重; 血压; 住院天数; 诊断
"""


def listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(";")]


@pytest.mark.parametrize("name", listed(PERSONAL))
def test_personal_names_are_warned_about(name: str) -> None:
    (finding,) = audit_columns(["age", name])
    assert (finding.code, finding.severity, finding.where) == ("personal-column", "warn", name)


@pytest.mark.parametrize("name", listed(PLAIN))
def test_plain_names_are_not(name: str) -> None:
    assert audit_columns([name]) == ()
