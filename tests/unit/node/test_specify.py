# SPDX-License-Identifier: Apache-2.0
"""`lwnode.specify` with labels and weights."""

import numpy as np
import pytest

import lwnode
from lwnode.errors import LwnodeError
from lwnode.specification import classes

RNG = np.random.default_rng(0)
X = RNG.normal(size=(900, 3))
COLUMNS = ["a", "b", "c"]
BOUNDS = dict.fromkeys(COLUMNS, (-3.0, 3.0))


def table(y: np.ndarray) -> lwnode.Table:
    return lwnode.Table.from_arrays(X, y, columns=COLUMNS, target="y")


def test_classes_of_the_target_become_labels() -> None:
    spec = lwnode.specify(table(np.where(X[:, 0] > 0, "high", "low")), privacy="public", labelled=True)
    assert [block.label for block in classes(spec)] == ["high", "low"]


def test_a_number_is_binned_between_its_own_bounds_where_nothing_is_private() -> None:
    spec = lwnode.specify(table(X[:, 0] + 0.01), labelled=True)
    assert len(spec.card.label_edges) == 6
    assert spec.card.label_edges[0] == pytest.approx(float(X[:, 0].min()) + 0.01)


def test_private_labels_need_a_profile_that_states_them() -> None:
    profile = lwnode.Profile.from_bounds(BOUNDS, target="y")
    with pytest.raises(LwnodeError, match="does not say the classes or bounds"):
        lwnode.specify(table(X[:, 0] + 0.01), profile=profile, privacy=lwnode.Budget(epsilon=1.0), labelled=True)


def test_weights_move_the_points_to_the_rows_that_count() -> None:
    y = np.where(X[:, 0] > 0, "high", "low")
    spec = lwnode.specify(table(y), privacy="public", row_weights=(X[:, 0] > 0).astype(float))
    assert float(spec.weights @ spec.points[:, 0]) == pytest.approx(float(X[X[:, 0] > 0, 0].mean()), abs=0.05)
    with pytest.raises(LwnodeError, match="every row alike"):
        lwnode.specify(
            table(y), profile=lwnode.Profile.from_bounds(BOUNDS), privacy=lwnode.Budget(), row_weights=np.ones(900)
        )
    with pytest.raises(LwnodeError, match="one non-negative number"):
        lwnode.specify(table(y), privacy="public", row_weights=-np.ones(900))


def test_a_data_set_with_a_column_that_names_the_person_is_capped(tmp_path) -> None:
    file = tmp_path / "visits.csv"
    lines = [f"P{i // 3},{x:.3f},{y:.3f},{int(x > 0)}" for i, (x, y, _) in enumerate(X[:300])]
    file.write_text("\n".join(["who,a,b,ill", *lines]))
    with lwnode.Node.create(tmp_path / "home", organisation="One", passphrase="a good long passphrase") as node:
        data = node.add(file, target="ill", person="who", rows_per_person=2)
        assert (data.rows, data.rejected, data.rows_per_person, data.person) == (200, 100, 2, "who")
        model = node.train(data, preset="quick")
        assert "who" not in {item.name for item in model.info.card.inputs}
        node.add_profile(lwnode.Profile.from_bounds({"a": (-3, 3), "b": (-3, 3)}))
        about = lwnode.Semantic(name="n", description="d", scenario=("Health",), license="MIT")
        with pytest.raises(LwnodeError, match="up to 2 of one person"):
            node.draft(model, about, privacy=lwnode.Budget(epsilon=0.3))
        assert node.draft(model, about, privacy=lwnode.Budget(epsilon=4.0)).rows_per_person == 2


def test_a_withheld_column_is_in_no_sketch_of_ones_own_either() -> None:
    X = np.random.default_rng(0).normal(size=(300, 2)) + 1.0
    table = lwnode.Table.from_arrays(X, columns=["a", "b"]).assign(roles={"b": "identifier"})
    spec = lwnode.specify(table, profile=lwnode.Profile.from_bounds({"a": (-3, 3), "b": (-3, 3)}), privacy="public")
    assert np.abs(spec.frame[:, 1]).max() < 1e-6
    assert spec.frame[:, 0].std() > 0.3
