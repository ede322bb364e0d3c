# SPDX-License-Identifier: Apache-2.0
"""What a draft says, what it leaves out, and what each part costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
import safetensors.numpy

import lwnode
from lwnode.documents import Card, SpecificationCard
from lwnode.errors import SettingsError
from lwnode.node.data import load_dataset
from lwnode.node.privacy import PrivacyChoice
from lwnode.node.records import Draft
from lwnode.node.sketching import settle
from tests.support.homes import engine_of, make_node

ABOUT = lwnode.Semantic(name="n", description="d", scenario=("Health",), license="MIT")
BOUNDS = {"a": (-3.0, 3.0), "b": (-3.0, 3.0), "c": (-3.0, 3.0)}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lwnode.Node]:
    with make_node(tmp_path_factory.mktemp("draft"), "A") as node:
        node.add_profile(lwnode.Profile.from_bounds(BOUNDS, target="ill"))
        yield node


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(seed).normal(size=(n, 3)).round(3)
    return X, np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")


@pytest.fixture(scope="module")
def model(node: lwnode.Node) -> str:
    X, y = rows(1500, 0)
    node.add(lwnode.Table.from_arrays(X, y, columns=list("abc"), target="ill"), name="one")
    return str(node.train("one", preset="quick").id)


def card_of(node: lwnode.Node, draft: Draft) -> Card:
    return msgspec.json.decode(node.draft_file(draft.digest, "card.json"), type=Card)


def sketch_of(node: lwnode.Node, draft: Draft) -> SpecificationCard:
    return msgspec.json.decode(node.draft_file(draft.digest, "specification.json"), type=SpecificationCard)


def test_a_draft_says_its_shares_and_its_price_before_and_after(node: lwnode.Node, model: str) -> None:
    before = node.budget("one").epsilon_spent
    draft = node.draft(model, ABOUT, privacy=lwnode.Budget(epsilon=1.0))
    card = sketch_of(node, draft)
    assert card.shares_of == card_of(node, draft).classes == ("no", "yes")
    assert card.shares == pytest.approx((0.5, 0.5), abs=0.1)
    assert (draft.epsilon_before, draft.epsilon_charged) == (before, 1.0)
    assert draft.epsilon_spent > before
    assert draft.attacker_of_all >= draft.attacker
    assert draft.model_epsilon is None
    said = {part.what: part.how for part in draft.said}
    assert said["points and weights"] == "inside ε, 88% of it"
    assert said["the model's figures"] == "rounded, outside ε"
    again = node.draft(model, ABOUT, privacy=lwnode.Budget(epsilon=1.0))
    assert (again.digest, again.epsilon_charged) == (draft.digest, 0.0)
    assert again.epsilon_before == again.epsilon_spent == draft.epsilon_spent


def test_what_is_left_out_is_left_out(node: lwnode.Node, model: str) -> None:
    full = card_of(node, node.draft(model, ABOUT, privacy="no-noise"))
    assert full.figures
    assert full.temperature is not None
    draft = node.draft(model, ABOUT, privacy="no-noise", shares=False, figures=False, temperature=False)
    bare = card_of(node, draft)
    assert (bare.figures, bare.temperature, bare.figures_note) == ((), None, "left out by its owner")
    assert sketch_of(node, draft).shares == ()
    assert {part.what: part.how for part in draft.said}["the shares of the classes"] == "not said"


@pytest.mark.parametrize(("seconds", "rehearsed"), [(0.0, False), (2.5, True)])
def test_the_settings_say_how_long_attacks_are_rehearsed(
    node: lwnode.Node, model: str, monkeypatch: pytest.MonkeyPatch, seconds: float, rehearsed: bool
) -> None:
    engine = engine_of(node)
    monkeypatch.setattr(engine, "settings", dataclasses.replace(engine.settings, audit_seconds=seconds))
    about = dataclasses.replace(ABOUT, name=f"rehearsed for {seconds} s")
    codes = {finding.code for finding in node.draft(model, about, privacy=lwnode.Budget(epsilon=1.0)).findings}
    assert ("tracing-measured" in codes) == rehearsed
    assert ("tracing-not-measured" in codes) != rehearsed
    assert rehearsed or "membership-not-measured" in codes


def test_points_by_class_are_another_draw(node: lwnode.Node, model: str) -> None:
    before = node.budget("one").epsilon_spent
    draft = node.draft(model, ABOUT, privacy=lwnode.Budget(epsilon=1.0), labelled=True)
    assert sketch_of(node, draft).labels == ("no", "yes")
    assert draft.epsilon_charged == 1.0
    assert draft.epsilon_spent > before
    assert draft.said[0].what == "points and weights, by class"
    ware = node.publish(draft)
    X, y = rows(300, 9)
    found = node.search(lwnode.Requirement(data=lwnode.Table.from_arrays(X, y, columns=list("abc"), target="ill")))
    assert [(fit.learnware, fit.renamed) for fit in found.labels] == [(ware.id, False)]
    without = node.search(lwnode.Requirement(data=lwnode.Table.from_arrays(X, columns=list("abc"))))
    assert without.labels == ()
    assert [match.learnware for match in without.nearest] == [match.learnware for match in found.nearest]


def test_a_number_without_public_bounds_has_no_classes(node: lwnode.Node) -> None:
    X, _ = rows(400, 3)
    node.add(lwnode.Table.from_arrays(X, X[:, 0] * 2 + X[:, 1], columns=list("abc"), target="cost"), name="costs")
    model = node.train("costs", preset="quick")
    with pytest.raises(SettingsError, match="no labels to publish"):
        node.draft(model, ABOUT, privacy="no-noise", labelled=True)
    assert sketch_of(node, node.draft(model, ABOUT, privacy="no-noise")).shares == ()


def test_rows_that_two_data_sets_share_are_a_finding(node: lwnode.Node, model: str, tmp_path: Path) -> None:
    X, y = rows(1500, 0)
    Z, z = rows(700, 5)
    part = lwnode.Table.from_arrays(
        np.vstack([X[:200], Z]), np.concatenate([y[:200], z]), columns=list("abc"), target="ill"
    )
    info = node.add(part, name="part")
    (finding,) = [finding for finding in info.findings if finding.code == "shared-rows"]
    assert "about 200 rows" in finding.message
    assert finding.where == "one"
    other = node.train("part", preset="quick")
    draft = node.draft(other, ABOUT, privacy="no-noise")
    assert any(finding.code == "shared-rows" for finding in draft.findings)
    assert node.budget("part").epsilon_spent == 0.0


def withholding(name: str, *, constant: bool = False) -> lwnode.Table:
    X, y = rows(600, 5)
    X += 1.5
    if constant:
        X[:, 1] = 2.5
    return lwnode.Table.from_arrays(X, y, columns=list("abc"), target="ill", name=name)


def test_a_column_that_its_owner_withheld_is_in_no_sketch(node: lwnode.Node) -> None:
    """Whatever a known profile makes of it, and after it was registered and read again."""
    node.add(withholding("two").assign(roles={"b": "ignored"}), name="two")
    assert {column.name: column.role for column in node.dataset("two").columns}["b"] == "ignored"
    profile = lwnode.Profile.from_bounds(BOUNDS, target="ill")
    draft = node.draft(node.train("two", preset="quick"), ABOUT, privacy="no-noise", profile=profile)
    assert [one.where for one in draft.findings if one.code == "column-withheld"] == ["b"]
    tensors = safetensors.numpy.load(node.draft_file(draft.digest, "specification.safetensors"))
    middle = tensors["weights"] @ tensors["points"]
    spread = np.sqrt(tensors["weights"] @ (tensors["points"] - middle) ** 2)
    assert middle == pytest.approx((1.5, 0.0, 1.5), abs=0.15)  # every row lies in the middle of the frame there
    assert spread[1] < 0.1 < 0.8 < spread[0]


def test_only_a_persons_word_withholds_and_never_the_rows(tmp_path: Path) -> None:
    """A column that happens to be constant is sketched as the profile says: else one row would decide over a column."""
    with make_node(tmp_path, "B") as node:
        file = tmp_path / "constant.csv"
        table = withholding("three", constant=True)
        lines = [
            ",".join([*(str(table.columns[c][i]) for c in "abc"), "x", str(table.columns["ill"][i])])
            for i in range(600)
        ]
        file.write_text("a,b,c,ward,ill\n" + "\n".join(lines) + "\n")
        node.add_profile(lwnode.Profile.from_bounds(BOUNDS, target="ill"))
        node.add(file, name="three", target="ill")
        engine = engine_of(node)
        dataset = engine.store.datasets.get("three")
        assert dataset.withheld == ()
        profile = lwnode.Profile.from_bounds(BOUNDS, target="ill")
        read = load_dataset(engine, dataset, profile)
        sketch = settle(
            engine, dataset, read, profile, PrivacyChoice(mode="private", epsilon=1.0), labels=None, labelled=False
        )
        assert sketch.withheld == ()
        assert sketch.raw[:, 1] == pytest.approx(2.5)


def test_a_file_remembers_what_was_withheld(tmp_path: Path) -> None:
    with make_node(tmp_path, "C") as node:
        file = tmp_path / "four.csv"
        table = withholding("four")
        lines = [",".join(str(table.columns[c][i]) for c in ("a", "b", "c", "ill")) for i in range(600)]
        file.write_text("a,b,c,ill\n" + "\n".join(lines) + "\n")
        node.add(lwnode.read_table(file, target="ill").assign(roles={"b": "ignored"}), name="four")
        engine = engine_of(node)
        dataset = engine.store.datasets.get("four")
        assert dataset.path
        assert dataset.withheld == ("b",)
        assert load_dataset(engine, dataset, None).withheld == {"b"}


def test_what_was_withheld_once_is_withheld_when_the_rows_come_again(tmp_path: Path) -> None:
    with make_node(tmp_path, "D") as node:
        file = tmp_path / "five.csv"
        table = withholding("five")
        lines = [",".join(str(table.columns[c][i]) for c in ("a", "b", "c", "ill")) for i in range(600)]
        file.write_text("a,b,c,ill\n" + "\n".join(lines) + "\n")
        engine = engine_of(node)
        node.add(file, name="five", target="ill")
        model = node.train(lwnode.read_table(file, target="ill", roles={"b": "ignored"}), preset="quick")
        assert engine.store.datasets.get(model.info.dataset).withheld == ("b",)
        node.add(file, name="five", target="ill")  # and nobody has to say it again
        assert engine.store.datasets.get("five").withheld == ("b",)
        fewer = tmp_path / "seven.csv"
        fewer.write_text("a,b,c,ill\n" + "\n".join(lines[:500]) + "\n")
        node.add(fewer, name="seven", target="ill", person="a", rows_per_person=3)
        model = node.train(lwnode.read_table(fewer, target="ill", roles={"c": "ignored"}), preset="quick")
        kept = engine.store.datasets.get(model.info.dataset)  # the same rows: nothing else that was said is lost
        assert (kept.name, kept.person, kept.rows_per_person, kept.withheld) == ("seven", "a", 3, ("a", "c"))
        assert {column.name: column.role for column in kept.columns}["c"] == "ignored"
        node.add(lwnode.read_table(file, roles={"ill": "ignored"}), name="six")
        node.train("six", target="ill", preset="quick")
        dataset = engine.store.datasets.get("six")
        assert (dataset.target, dataset.withheld) == ("ill", ())
        assert load_dataset(engine, dataset, None).withheld == frozenset()
