# SPDX-License-Identifier: Apache-2.0
"""Rows inside the arrays of a model: found as they are and scaled, and not seen where they are not."""

import time

import numpy as np
import pytest

from lwnode.specification import audit_arrays, to_frame
from tests.support.specification import sample_profile, sample_rows

ROWS = sample_rows("hospital_c_geriatric")[:1000]
FULL = np.nan_to_num(ROWS, nan=100.0)
RNG = np.random.default_rng(0)
HARMLESS = {
    "weights": RNG.normal(size=(200, 64)).astype(np.float32),
    "zeros": np.zeros((50, 50), dtype=np.float32),
    "node numbers": np.arange(5000),
    "features": RNG.integers(0, 10, 3000),
    "thresholds": RNG.choice(FULL.ravel(), 5000).astype(np.float32),
    "medians": np.nanmedian(ROWS, axis=0).astype(np.float32),
    "lows": np.nanmin(ROWS, axis=0),
    "names": np.array(["a", "b"], dtype=object),
    "empty": np.empty((0, 10), dtype=np.float32),
    "scalar": np.float32(3).reshape(()),
}


def found(arrays: dict, rows: np.ndarray = ROWS, **settings: object) -> list[str]:
    findings = audit_arrays({**HARMLESS, **arrays}, rows, **settings)
    assert all((finding.code, finding.severity) == ("copy-in-model", "refuse") for finding in findings)
    return [finding.where for finding in findings]


def test_harmless_arrays_pass() -> None:
    assert found({}) == []


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "stored",
    [
        lambda X: X,
        lambda X: X.T.copy(),
        lambda X: X.ravel(),
        lambda X: X.T.ravel(),
        np.asfortranarray,
        lambda X: X.reshape(20, 5, 10),
        lambda X: np.concatenate([np.full((100, 3), 7.5), X, np.full((100, 1), 0.25)], axis=1),
        lambda X: np.concatenate([np.arange(13.0), X.ravel()]),
    ],
    ids=["matrix", "columns", "flat", "flat columns", "fortran", "cube", "wider", "offset"],
)
def test_rows_are_found_however_they_lie(stored, dtype: type) -> None:
    assert found({"kept": stored(FULL[:100]).astype(dtype)}, FULL) == ["kept"]


def test_a_single_row_is_enough() -> None:
    hidden = RNG.normal(size=5000).astype(np.float32)
    hidden[1234:1244] = FULL[77]
    (finding,) = audit_arrays({"hidden": hidden}, FULL)
    assert "1 row of the data, as they are" in finding.message


def test_part_of_a_row_is_not_a_row() -> None:
    hidden = RNG.normal(size=5000).astype(np.float32)
    hidden[1234:1243] = FULL[77, :9]
    assert found({"hidden": hidden}, FULL) == []


def test_scaled_rows_are_found() -> None:
    mean, spread = np.nanmean(ROWS, axis=0), np.nanstd(ROWS, axis=0)
    low, high = np.nanmin(ROWS, axis=0), np.nanmax(ROWS, axis=0)
    assert found({"kept": ((ROWS - mean) / spread)[:50].astype(np.float32)}) == ["kept"]
    assert found({"kept": ((ROWS - low) / (high - low))[:50].astype(np.float32)}) == ["kept"]
    framed = {"kept": to_frame(sample_profile(), ROWS)[:50].astype(np.float32)}
    assert found(framed, profile=sample_profile()) == ["kept"]
    assert found(framed) == []


@pytest.mark.parametrize("form", ["subtract, divide", "subtract, multiply", "multiply, add"])
def test_the_models_own_scaler_is_tried(form: str) -> None:
    part = FULL[:400]  # fitted to a part of the rows, which nobody else knows
    mean, spread = part.mean(axis=0), part.std(axis=0)
    kept = ((part - mean) / spread)[:30].astype(np.float32)
    carried = {
        "subtract, divide": (mean, spread),
        "subtract, multiply": (mean, 1 / spread),
        "multiply, add": (1 / spread, -mean / spread),
    }[form]
    scaler = {f"s{k}": vector.astype(np.float32) for k, vector in enumerate(carried)}
    assert found({"kept": kept}, FULL) == []
    assert found({**scaler, "kept": kept}, FULL) == ["kept"]


def test_a_table_of_ordinary_rows_is_found_where_single_ones_could_be_chance() -> None:
    rows = RNG.integers(0, 5, size=(500, 4)).astype(float)
    assert found({"one": np.concatenate([np.full(5, 9.5), rows[3], np.full(3000, 9.5)])}, rows) == []
    assert found({"kept": rows[:60].astype(np.float32)}, rows) == ["kept"]


def test_counters_are_not_rows() -> None:
    rows = np.concatenate([np.arange(300.0)[:, None] + np.arange(4), RNG.normal(size=(300, 4))])
    assert found({"ids": np.arange(1000), "grid": np.arange(1000, dtype=np.float32)}, rows) == []


def test_fewer_than_three_features_are_not_looked_for() -> None:
    rows = FULL[:, :2]
    assert found({"kept": rows}, rows) == []


def test_rows_of_fewer_than_three_values_are_not_looked_for() -> None:
    rows = np.tile(RNG.normal(size=(200, 1)), (1, 6))
    assert found({"kept": rows}, rows) == []


def test_columns_without_any_value_are_no_obstacle() -> None:
    rows = ROWS.copy()
    rows[:, 2] = np.nan
    assert found({}, rows) == []


def test_trees_are_not_mistaken_for_rows() -> None:
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

    y = (FULL[:, 0] > 80).astype(int)
    arrays = {}
    for kind in (RandomForestClassifier, ExtraTreesClassifier):
        forest = kind(n_estimators=10, min_samples_leaf=10, random_state=0).fit(FULL, y)
        for k, tree in enumerate(forest.estimators_):
            for part in ("threshold", "value", "feature", "children_left", "n_node_samples"):
                arrays[f"{kind.__name__}/{k}/{part}"] = getattr(tree.tree_, part)
    assert found(arrays, FULL) == []


def test_neighbours_and_support_vectors_are_found() -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    y = (FULL[:, 0] > 80).astype(int)
    model = make_pipeline(StandardScaler(), SVC()).fit(FULL[:600], y[:600])
    scaler, svc = model[0], model[1]
    arrays = {"mean": scaler.mean_, "scale": scaler.scale_, "vectors": svc.support_vectors_.astype(np.float32)}
    assert found(arrays, FULL) == ["vectors"]


def test_a_megabyte_takes_less_than_two_seconds() -> None:
    rows = sample_rows("hospital_c_geriatric")
    arrays = {"layer": RNG.normal(size=(512, 512)).astype(np.float32), "values": RNG.choice(FULL.ravel(), 100_000)}
    started = time.process_time()
    assert audit_arrays(arrays, rows, profile=sample_profile()) == ()
    assert time.process_time() - started < 2.0  # measured: 0.3


def test_a_row_of_medians_is_nobodys() -> None:
    rows = RNG.normal(size=(301, 6))
    rows[0] = np.median(rows, axis=0)
    assert np.array_equal(np.median(rows, axis=0), rows[0])
    assert found({"imputer": rows[0]}, rows) == []
    assert found({"kept": rows[1]}, rows) == ["kept"]


@pytest.mark.parametrize(("sharing", "expected"), [(10, []), (9, ["kept"])])
def test_a_combination_that_ten_rows_share_is_nobodys(sharing: int, expected: list[str]) -> None:
    rows = np.concatenate([RNG.normal(size=(300, 6)), np.tile(RNG.normal(size=(1, 6)), (sharing, 1))])
    assert found({"kept": rows[-1]}, rows) == expected
