# SPDX-License-Identifier: Apache-2.0
"""The package's JSON: its own files come back unchanged, and what is read means what was written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lwnode.errors import SpecificationError
from lwnode.specification.interop import (
    CapabilityScores,
    ImageSettings,
    ImportedSet,
    imported_mmd2,
    nearest_sets,
    read_json,
    write_json,
)
from tests.support.package import VECTORS, package_distance, table_json

FILES = ("table", "table-other", "alias", "text", "image", "hetero", "capability")


def golden(name: str) -> bytes:
    return (VECTORS / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_package_comes_back_byte_for_byte(name: str) -> None:
    assert write_json(read_json(golden(name))) == golden(name)


def test_what_is_read_is_what_the_file_says() -> None:
    plain, read = json.loads(golden("table")), read_json(golden("table"))
    assert isinstance(read, ImportedSet)
    assert (read.kind, read.gamma, read.rows) == ("table", 0.1, 300)
    np.testing.assert_array_equal(read.points, plain["z"])
    np.testing.assert_array_equal(read.beta, plain["beta"])
    np.testing.assert_allclose(read.weights, read.beta, atol=1e-12)
    text, image, hetero = (read_json(golden(name)) for name in ("text", "image", "hetero"))
    assert isinstance(text, ImportedSet)
    assert isinstance(image, ImportedSet)
    assert isinstance(hetero, ImportedSet)
    assert text.languages == ("en", "zh-cn")
    assert (image.points.shape, image.image, image.gamma) == ((3, 1, 4, 4), ImageSettings(), 0)
    assert (hetero.kind, hetero.points.shape, hetero.rows) == ("hetero", (20, 6), 0)
    scores = read_json(golden("capability"))
    assert isinstance(scores, CapabilityScores)
    assert scores.scores[0] == ("leaderboard_bbh", 31.42)


def test_the_old_class_name_is_the_table() -> None:
    for data, declared in (
        (golden("alias"), "RKMEStatSpecification"),
        (table_json(type="RKMEStatSpecification"), "RKMETableSpecification"),
        (table_json(type=None), "RKMEStatSpecification"),
    ):
        read = read_json(data, declared=declared)
        assert isinstance(read, ImportedSet)
        assert read.kind == "table"


def test_another_type_than_declared_is_refused() -> None:
    for data, declared in ((golden("text"), "RKMETableSpecification"), (golden("table"), "os.system")):
        with pytest.raises(SpecificationError):
            read_json(data, declared=declared)


def test_unknown_keys_are_passed_over_and_not_kept() -> None:
    assert write_json(read_json(table_json(extra={"x": [1, 2]}, note="n"))) == write_json(read_json(table_json()))


def test_what_a_file_leaves_out_has_the_packages_default() -> None:
    read = read_json(table_json(gamma=None, num_points=None))
    assert isinstance(read, ImportedSet)
    assert (read.gamma, read.rows) == (0.1, 0)


@pytest.mark.parametrize("beta", [[0.2501, 0.25, 0.25, 0.25], [0.25, 0.2503, 0.25, 0.25], [-4e-4, 0.5, 0.25, 0.25]])
def test_weights_of_a_solvers_accuracy_are_normalised_and_written_as_they_were(beta: list[float]) -> None:
    read = read_json(table_json(beta=beta))
    assert isinstance(read, ImportedSet)
    assert read.weights.min() >= 0
    assert read.weights.sum() == pytest.approx(1.0, abs=1e-15)
    assert json.loads(write_json(read))["beta"] == beta


def test_objects_do_not_change() -> None:
    read = read_json(golden("table"))
    assert isinstance(read, ImportedSet)
    for array in (read.points, read.beta, read.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_distance_is_the_packages_where_the_gammas_are_equal() -> None:
    a, b = (json.loads(golden(name)) for name in ("table", "table-other"))
    said = json.loads((VECTORS / "distance.json").read_bytes())
    ours = imported_mmd2(read_json(golden("table")), read_json(golden("table-other")), gamma=0.1)  # type: ignore[arg-type]
    assert ours == pytest.approx(said["distance"], abs=1e-9)
    assert ours == pytest.approx(package_distance(a, b), abs=1e-9)


def test_a_hostile_gamma_has_no_say() -> None:
    wanted, near, far = (
        ImportedSet(kind="table", points=np.full((1, 2), at), beta=np.ones(1), gamma=gamma)
        for at, gamma in ((0.0, 0.1), (1.0, 0.1), (4.0, 1e-9))
    )
    theirs = [
        package_distance(
            {"z": one.points, "beta": one.beta, "gamma": one.gamma},
            {"z": wanted.points, "beta": wanted.beta, "gamma": wanted.gamma},
        )
        for one in (near, far)
    ]
    assert theirs[1] < theirs[0]  # in the package the far one wins
    assert [at for at, _ in nearest_sets(wanted, [far, near], gamma=0.1)] == [1, 0]


def test_only_sets_of_one_kind_and_width_are_compared() -> None:
    table, text, image = (read_json(golden(name)) for name in ("table", "text", "image"))
    with pytest.raises(SpecificationError):
        imported_mmd2(table, text, gamma=0.1)  # type: ignore[arg-type]
    with pytest.raises(SpecificationError):
        imported_mmd2(image, image, gamma=0.1)  # type: ignore[arg-type]
    for gamma in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(SpecificationError):
            imported_mmd2(table, table, gamma=gamma)  # type: ignore[arg-type]
    ((at, distance),) = nearest_sets(table, [text, table], gamma=0.1)  # type: ignore[arg-type, list-item]
    assert (at, distance) == (1, pytest.approx(0.0, abs=1e-12))


def test_a_thousand_points_are_kept_and_searched() -> None:
    rng = np.random.default_rng(0)
    sets = [
        ImportedSet(kind="table", points=rng.normal(at, 1, (1000, 5)), beta=np.full(1000, 1e-3), gamma=0.1)
        for at in (0.0, 3.0, 1.0)
    ]
    read = [read_json(write_json(one)) for one in sets]
    found = nearest_sets(read[0], read, gamma=0.2)  # type: ignore[arg-type]
    assert [at for at, _ in found] == [0, 2, 1]
    with pytest.raises(SpecificationError):
        ImportedSet(kind="table", points=rng.normal(size=(1001, 2)), beta=np.full(1001, 1 / 1001), gamma=0.1)
