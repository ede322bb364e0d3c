# SPDX-License-Identifier: Apache-2.0
"""`lwnode search --across`: a clinic that names and measures its columns in its own way."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lwnode.cli import main
from tests.support.homes import SAMPLE, TrainedHomes, publish_trained

Run = Callable[..., tuple[int, str, str]]

OWN = {
    "age_years": "年龄",
    "systolic_mmhg": "SBP_kPa",
    "glucose_mmol_l": "blood sugar",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, trained_homes: TrainedHomes) -> Path:
    root = tmp_path_factory.mktemp("homes")
    with trained_homes.copy("hospital_c_geriatric.csv", root, "geriatric") as node:
        publish_trained(node, "Readmission of the old")
    return root / "geriatric"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main([*arguments, "--home", str(home)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """The sample's clinic under other names, pressure in kPa, without two of the columns."""
    with (SAMPLE / "new_clinic_unlabelled.csv").open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    names = [name for name in rows[0] if name not in ("creatinine_umol_l", "bmi_kg_m2")]
    assert set(OWN) <= set(names)
    file = tmp_path / "clinic.csv"
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow([OWN.get(name, name) for name in names])
        for row in rows:
            values = dict(row)
            values["systolic_mmhg"] = f"{float(row['systolic_mmhg']) / 7.50061683:.3f}" if row["systolic_mmhg"] else ""
            writer.writerow([values[name] for name in names])
    return file


def test_a_clinic_with_other_columns_is_told_how_far_it_reaches(run: Run, clinic: Path) -> None:
    status, out, _ = run("search", str(clinic))
    assert status == 6
    assert "map of columns" not in out
    status, out, err = run("search", str(clinic), "--across")
    assert err == ""
    assert status == 6, "what is found across islands is no part of the verdict"
    assert "Reached through a map of columns, and no part of the verdict:" in out
    assert "8 of 10 columns" in out
    assert "年龄 = age_years" in out
    assert "SBP_kPa × 7.50062 = systolic_mmhg" in out
    assert "missing: bmi_kg_m2, creatinine_umol_l" in out
    assert "partly" in out
    assert "Nothing was sent." in out


def test_a_program_reads_the_same(run: Run, clinic: Path) -> None:
    status, out, _ = run("search", str(clinic), "--across", "--json")
    assert status == 6
    found = json.loads(out)
    assert found["islands"][0]["missing"] == ["bmi_kg_m2", "creatinine_umol_l"]
    (match,) = found["across"]
    assert match["verdict"] == "partly"
    assert match["reason_code"] == "shared-fits"
    assert match["shared"] == [8, 10]
    assert match["columns"]["SBP_kPa"] == "systolic_mmhg"


def test_what_was_found_is_reused_where_a_person_asks_for_it(run: Run, clinic: Path, tmp_path: Path) -> None:
    out_file = tmp_path / "out.csv"
    asked = ("reuse", str(clinic), "--search", "last", "--out", str(out_file))
    run("search", str(clinic))
    status, _, err = run(*asked, "--across")
    assert status == 2
    assert "--across" in err
    run("search", str(clinic), "--across")
    status, _, err = run(*asked)
    assert status == 6, "the verdict says that nothing fits"
    assert "nothing fits" in err
    status, out, err = run(*asked, "--across")
    assert (status, err) == (0, "")
    assert "SBP_kPa = systolic_mmhg" in out
    assert "bmi_kg_m2, creatinine_umol_l" in out
    assert "nothing is known of how good these answers are" in out
    assert len(out_file.read_text().splitlines()) == 601


def test_a_program_reads_the_report(run: Run, clinic: Path, tmp_path: Path) -> None:
    found = json.loads(run("search", str(clinic), "--across", "--json")[1])
    learnware = found["across"][0]["learnware"]
    asked = ("reuse", str(clinic), "--with", learnware, "--across", "--out", str(tmp_path / "out.csv"))
    status, out, _ = run(*asked, "--json")
    assert status == 0
    report = json.loads(out)["report"]
    (member,) = report["members"]
    assert member["filled"] == ["bmi_kg_m2", "creatinine_umol_l"]
    assert member["columns"]["SBP_kPa"] == "systolic_mmhg"
    assert 0.0 < member["lost"] < 2.0
    assert (report["estimate"], report["lead"]) == ([], None)
    assert report["unknown"]
    status, _, err = run(*asked, "--map", "bed=shoe")
    assert status == 2
    assert err.count("\n") == 1


def test_a_pair_is_confirmed_with_map(run: Run, clinic: Path) -> None:
    text = clinic.read_text(encoding="utf-8").replace("blood sugar", "x9", 1)
    clinic.write_text(text, encoding="utf-8")
    before = json.loads(run("search", str(clinic), "--across", "--json")[1])
    assert before["across"][0]["shared"] == [7, 10]
    after = json.loads(run("search", str(clinic), "--map", "x9=glucose_mmol_l", "--json")[1])
    assert after["across"][0]["shared"] == [8, 10]
    assert after["across"][0]["columns"]["x9"] == "glucose_mmol_l"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--map", "x9"), "is not COLUMN=PROFILE_COLUMN"),
        (("--map", "nobody=age_years"), "no column 'nobody'"),
        (("--map", "年龄=shoe"), "a column 'shoe'"),
    ],
)
def test_maps_that_cannot_be_are_one_line_with_a_remedy(
    run: Run, clinic: Path, arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = run("search", str(clinic), *arguments)
    assert status == 2
    assert out == ""
    assert words in err
    assert " -- " in err
    assert err.count("\n") == 1


def test_a_map_needs_data(run: Run) -> None:
    status, _, err = run("search", "--text", "old", "--across")
    assert status == 2
    assert "needs data" in err
