# SPDX-License-Identifier: Apache-2.0
"""A private model is drawn once, charged once, and whatever could refuse does so before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import lwnode
from lwnode.cli.app import lwnode as root
from lwnode.errors import CancelledError, PrivacyBudgetError, SettingsError, SpecificationError
from lwnode.training.private.problem import part
from lwnode.training.private.target import public_target
from tests.support.private import PROFILE
from tests.support.training import columns, table


@pytest.fixture
def node(tmp_path: Path) -> Iterator[lwnode.Node]:
    with lwnode.Node.create(tmp_path / "home", organisation="Clinic") as made:
        yield made


def _add(node: lwnode.Node, rows: int = 1_000, *, target: str = "outcome", rows_per_person: int = 1) -> str:
    profile = node.add_profile(PROFILE)
    return node.add(table(rows, target=target), name="visits", profile=profile.id, rows_per_person=rows_per_person).name


def test_the_same_training_is_the_same_model_and_is_paid_once(node: lwnode.Node) -> None:
    name = _add(node, rows_per_person=2)
    first = node.train(name, privacy=lwnode.Budget(epsilon=1.5))
    assert first.info.family == "private logistic regression"
    privacy = first.info.card.privacy
    assert privacy is not None
    assert (privacy.mode, privacy.epsilon, privacy.rows_per_person) == ("private", 1.5, 2)
    paid = node.budget(name)
    assert paid.epsilon_spent == pytest.approx(1.5)
    assert len(paid.charges) == 1
    again = node.train(name, privacy=lwnode.Budget(epsilon=1.5), seed=7, preset="quick")
    assert again.info == first.info
    assert node.budget(name).charges == paid.charges
    assert len(node.models()) == 1
    other = node.train(name, privacy=lwnode.Budget(epsilon=1.4))
    assert other.id != first.id
    assert 1.5 < node.budget(name).epsilon_spent < 1.5 + 1.4


def test_a_private_model_is_drafted_with_its_own_epsilon(node: lwnode.Node) -> None:
    model = node.train(_add(node, 2_000), privacy=lwnode.Budget(epsilon=1.0))
    words = lwnode.Semantic(
        name="Visits", description="Who comes again, by age, ward and dose.", scenario=("Health",), license="MIT"
    )
    draft = node.draft(model, words, privacy=lwnode.Budget(epsilon=1.0))
    assert draft.model_epsilon == 1.0
    assert not [finding for finding in draft.findings if finding.severity == "refuse"]


def test_the_cap_refuses_before_and_nothing_is_kept(node: lwnode.Node) -> None:
    name = _add(node)
    with pytest.raises(PrivacyBudgetError, match="cap"):
        node.train(name, privacy=lwnode.Budget(epsilon=5.0))
    assert node.budget(name).charges == ()
    assert node.models() == ()


def test_a_cancelled_training_is_not_charged(node: lwnode.Node) -> None:
    name = _add(node, 3_000)

    def stop(share: float | None, doing: str) -> None:
        if "training" in doing:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        node.train(name, privacy=lwnode.Budget(epsilon=1.0), family="network", progress=stop)
    assert node.budget(name).charges == ()


def test_a_value_needs_public_bounds(node: lwnode.Node) -> None:
    name = _add(node, target="cost")
    with pytest.raises(SpecificationError, match="no profile describes"):
        node.train(name, privacy=lwnode.Budget(epsilon=1.0))
    model = node.train(name, privacy=lwnode.Budget(epsilon=1.0), bounds=(0.0, 200.0))
    assert model.info.family == "private ridge regression"
    assert node.budget(name).epsilon_spent == pytest.approx(1.0)


def test_without_a_public_frame_nothing_is_trained(node: lwnode.Node) -> None:
    name = node.add(table(1_000), name="visits").name
    with pytest.raises(SpecificationError, match="public bounds"):
        node.train(name, privacy=lwnode.Budget(epsilon=1.0), classes=("no", "yes"))


def test_a_family_is_for_private_models_and_pixels_for_images(node: lwnode.Node) -> None:
    name = _add(node)
    with pytest.raises(SettingsError, match="private model"):
        node.train(name, family="linear")
    with pytest.raises(SettingsError, match="plain pixels"):
        node.train(name, privacy=lwnode.Budget(epsilon=1.0), family="images")


def test_the_command_trains_one_private_model(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "visits.csv"
    made = columns(800)
    lines = ["age,ward,dose,outcome", *(",".join(str(v) for v in row) for row in _rows_of(made))]
    file.write_text("\n".join(lines).replace("nan", "").replace("None", "") + "\n")
    with lwnode.Node.create(home, organisation="Clinic") as node:
        node.add_profile(PROFILE)
        node.add(file, name="visits", target="outcome")
    run = CliRunner().invoke(
        root, ["train", "visits", "--private-epsilon", "2", "--family", "linear", "--home", str(home), "--json"]
    )
    assert run.exit_code == 0, run.output
    found = json.loads(run.output)
    assert found["family"] == "private logistic regression"
    assert found["card"]["privacy"]["epsilon"] == 2.0
    with lwnode.Node.open(home) as node:
        assert node.budget("visits").epsilon_spent == pytest.approx(2.0)


def _rows_of(made: dict[str, np.ndarray]) -> list[tuple[object, ...]]:
    return list(zip(made["age"], made["ward"], made["dose"], made["outcome"], strict=True))


def test_a_withheld_column_is_not_learnt_from(node: lwnode.Node) -> None:
    """And a model that learnt from it, before it was withheld, is not given out again."""
    first = node.train(_add(node), privacy=lwnode.Budget(epsilon=1.0))
    withheld = table(1_000, target="outcome").assign(roles={"age": "ignored"})
    name = node.add(withheld, name="visits", profile=node.add_profile(PROFILE).id).name
    assert {column.name: column.role for column in node.dataset(name).columns}["age"] == "ignored"
    second = node.train(name, privacy=lwnode.Budget(epsilon=1.0))
    assert second.id != first.id
    assert len(node.budget(name).charges) == 2
    target = public_target(PROFILE, "outcome", task="classification", classes=(), bounds=None)
    learn, _ = part(withheld.describe(PROFILE).without_withheld(), PROFILE, target)
    at = [column.name for column in PROFILE.features].index("age")
    assert not learn.F[:, at].any()
