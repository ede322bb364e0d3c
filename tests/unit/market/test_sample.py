# SPDX-License-Identifier: Apache-2.0
"""The sample's three hospitals, private at epsilon = 1, against its two clinics."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import lwnode
from lwnode.documents import Column, Profile
from lwnode.market import search
from lwnode.specification.frame import from_frame, raw_matrix, to_frame
from lwnode.specification.release import specify
from tests.support.market import entry, shuffled

SAMPLE = Path(lwnode.__file__).parent / "cli" / "sample"
HOSPITALS = ("general", "maternity", "geriatric")
FILES = ("hospital_a_general.csv", "hospital_b_maternity_young.csv", "hospital_c_geriatric.csv")


@pytest.fixture(scope="module")
def profile() -> Profile:
    columns = [c for c in json.loads((SAMPLE / "profile.json").read_bytes())["columns"] if c["role"] == "feature"]
    return Profile(
        name="hospital discharges",
        columns=tuple(
            Column(name=c["name"], type=c["type"], unit=c["unit"], low=float(c["low"]), high=float(c["high"]))
            for c in columns
        ),
        gamma=1.0 / len(columns),
    )


def load(file: str, profile: Profile):
    with (SAMPLE / file).open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    return {c.name: np.array([float(row[c.name] or "nan") for row in rows]) for c in profile.features}


@pytest.fixture(scope="module", params=range(3))
def entries(request, profile):
    made = []
    for place, (name, file) in enumerate(zip(HOSPITALS, FILES, strict=True)):
        raw = raw_matrix(profile, load(file, profile))
        rng = np.random.default_rng([request.param, place])
        made.append(entry(name, specify(raw, profile, privacy="private", epsilon=1.0, rng=rng)))
    return made


@pytest.fixture(scope="module")
def clinic(profile):
    return load("new_clinic_unlabelled.csv", profile)


@pytest.mark.parametrize("rows", [100, 600])
def test_the_new_clinic_is_geriatric(entries, clinic, rows: int) -> None:
    found = search({name: values[:rows] for name, values in clinic.items()}, entries)
    assert (found.verdict, found.reason_code) == ("fits", "fits")
    assert [match.learnware for match in found.single] == ["geriatric"]
    assert found.single[0].match > 0.7
    assert found.single[0].covered.share > 0.85
    assert found.nearest[0].learnware == "geriatric"
    assert {match.learnware: match.verdict for match in found.nearest[1:]} == {
        "general": "nothing fits",
        "maternity": "nothing fits",
    }
    assert found.multiple is None


def test_the_regional_clinic_needs_two(entries, profile) -> None:
    found = search(load("regional_clinic_unlabelled.csv", profile), entries)
    assert (found.verdict, found.reason_code) == ("fits", "together")
    assert [name for name, _ in found.multiple.members] == ["geriatric", "maternity"]
    assert [share for _, share in found.multiple.members] == pytest.approx([0.6, 0.4], abs=0.03)
    assert found.multiple.dependence == "seen"
    assert found.multiple.covered.share > 0.9
    verdicts = {match.learnware: match.verdict for match in found.nearest}
    assert verdicts["geriatric"] == verdicts["maternity"] == "partly"
    assert verdicts["general"] != "fits"
    assert found.uncovered.share < 0.15


def test_what_only_looks_like_the_clinic_does_not_fit(entries, profile, clinic) -> None:
    rng = np.random.default_rng(0)
    apart = search(shuffled(clinic, 0), entries)
    assert (apart.verdict, apart.reason_code) == ("partly", "columns-only")
    frame = to_frame(profile, raw_matrix(profile, clinic))
    for other in (frame[:, rng.permutation(10)], np.clip(rng.normal(size=frame.shape), -4, 4)):
        columns = dict(zip(clinic, from_frame(profile, other).astype(float).T, strict=True))
        assert search(columns, entries).verdict == "nothing fits"
