# SPDX-License-Identifier: Apache-2.0
"""Models that are made from learnwares: trained further, composed, distilled, written down; published with lineage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

import lwnode
from lwnode.documents import Card, Manifest, Semantic, decode, encode
from lwnode.documents.recipe import Recipe
from lwnode.errors import CheckFailedError, DataError, NotFoundError, ReuseError, SettingsError
from lwnode.node.records import Draft, Ware
from tests.support.homes import engine_of, make_node

BOUNDS = {"a": (-4.0, 4.0), "b": (-4.0, 4.0), "c": (-4.0, 4.0)}
ABOUT = Semantic(name="made", description="d", scenario=("Health",))


def rows(n: int, seed: int, *, turned: float = 0.0, at: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    X = (np.random.default_rng(seed).normal(size=(n, 3)) * 0.8 + at).round(3)
    score = X[:, 0] + (1 - 2 * turned) * X[:, 1] + 0.2 * np.random.default_rng(seed + 1).normal(size=n)
    return X, np.where(score > at, "yes", "no")


def table(n: int, seed: int, name: str, **how: float) -> lwnode.Table:
    X, y = rows(n, seed, **how)
    return replace(lwnode.Table.from_arrays(X, y, columns=list("abc"), target="ill"), name=name)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lwnode.Node]:
    with make_node(tmp_path_factory.mktemp("made"), "A") as node:
        node.add_profile(lwnode.Profile.from_bounds(BOUNDS, target="ill"))
        yield node


@pytest.fixture(scope="module")
def wares(node: lwnode.Node) -> tuple[Ware, ...]:
    found = []
    for number, licence in enumerate(("MIT", "GPL-3.0")):
        name = f"owner {number}"
        data = node.add(table(600, number, name, at=0.5 * number), name=name)
        model = node.train(data, preset="quick")
        about = replace(ABOUT, name=f"ware {number}", license=licence)
        found.append(node.publish(node.draft(model, about, privacy="no-noise", override="a test")))
    return tuple(found)


def card_of(node: lwnode.Node, draft: Draft) -> Card:
    return msgspec.json.decode(node.draft_file(draft.digest, "card.json"), type=Card)


def test_a_learnware_is_trained_further_and_published_with_its_lineage(node, wares):
    start = wares[1]
    model = node.train(table(120, 7, "mine", turned=0.5), start=start.id[:16])
    assert model.info.card.origin.learnwares == (start.id,)
    assert model.info.card.origin.kind == "fine-tuned"
    assert {row.family.split(":")[0] for row in model.leaderboard} >= {"the start as it is", "your labels alone"}
    draft = node.draft(model, ABOUT, privacy="no-noise", override="a test")
    manifest = Manifest.from_bytes(node.draft_file(draft.digest, "manifest.json"))
    assert manifest.lineage == (start.id,)
    assert card_of(node, draft).origin == model.info.card.origin
    said = msgspec.json.decode(node.draft_file(draft.digest, "semantic.json"), type=Semantic)
    assert (said.license, said.model) == ("GPL-3.0", "Fine-tuned Model")
    assert "licence-notice" in {finding.code for finding in draft.findings}
    closed = node.draft(model, replace(ABOUT, license="MIT"), privacy="no-noise")
    conflict = next(finding for finding in closed.findings if finding.code == "licence-conflict")
    assert conflict.severity == "refuse"
    with pytest.raises(CheckFailedError):
        node.publish(closed)
    published = node.publish(draft)
    assert node.train(table(60, 8, "later", turned=0.5), start=published.id).info.card.origin.learnwares == (
        published.id,
    )


def test_what_does_not_go_with_a_start_is_said(node, wares):
    mine = table(60, 9, "mine too")
    with pytest.raises(SettingsError, match="trained from nothing"):
        node.train(mine, start=wares[0].id, privacy=lwnode.Budget(epsilon=1.0))
    with pytest.raises(SettingsError, match="for classification"):
        node.train(mine, start=wares[0].id, task="regression")
    with pytest.raises(NotFoundError):
        node.train(mine, start="f" * 64)
    few = replace(lwnode.Table.from_arrays(*rows(60, 9)), name="others")
    with pytest.raises(DataError, match="lack 3 columns"):
        node.train(few, start=wares[0].id)


def test_a_start_that_stays_is_not_published_as_ones_own(node, wares):
    from lwnode.documents import Origin
    from lwnode.node.origins import check_origin

    engine = engine_of(node)
    card = node.show(wares[0].id).card
    kept = replace(card, origin=Origin(kind="unchanged", learnwares=(wares[0].id,)))
    found = {f.code: f.severity for f in check_origin(engine, kept, licence="MIT", audience="public")}
    assert found["start-unchanged"] == "refuse"
    gone = replace(card, origin=Origin(kind="composed", learnwares=("e" * 64,)))
    assert {f.code for f in check_origin(engine, gone, licence="MIT", audience="public")} == {"licence-unknown"}
    assert check_origin(engine, card, licence="MIT", audience="public") == ()


@pytest.mark.parametrize("method", ["mix", "average"])
def test_a_combination_becomes_one_model_that_answers_the_same(node, wares, method):
    mine = replace(table(200, 11, f"user {method}"), target="ill")
    ids = [ware.id for ware in wares]
    use = node.reuse(ids, data=mine, method=method)
    frozen = node.freeze(use)
    assert frozen.form == "model"
    assert frozen.agreement == 1.0
    assert frozen.difference < 1e-3
    assert frozen.model.card.origin.kind == "composed"
    assert frozen.model.card.origin.learnwares == tuple(sorted(ids))
    given = node.model(frozen.model.id).predict_proba(mine)
    np.testing.assert_allclose(given, use.predictions.values, atol=1e-4)
    assert frozen.model.card.classes == use.classes_


def test_one_learnware_alone_is_no_composition(node, wares):
    frozen = node.freeze(wares[0].id, data=table(100, 16, "alone"))
    assert frozen.model.card.origin.kind == "unchanged"
    draft = node.draft(frozen.model.id, replace(ABOUT, license="MIT"), privacy="no-noise")
    assert "start-unchanged" in {finding.code for finding in draft.refused}


def test_a_recipe_is_replayed_on_other_rows(node, wares, tmp_path: Path):
    mine, others = table(200, 12, "cook"), table(50, 13, "guest", at=0.4)
    ids = tuple(ware.id for ware in wares)
    recipe = node.freeze(ids, data=mine, form="recipe", method="mix").recipe
    file = tmp_path / "recipe.json"
    file.write_bytes(encode(recipe))
    assert decode(file.read_bytes(), Recipe) == recipe
    assert {one.learnware for one in recipe.ingredients} == set(ids)
    assert all(one.distance is not None for one in recipe.ingredients)
    use = node.reuse(ids, data=mine, method="mix")
    again = node.replay(file, others)
    np.testing.assert_allclose(again.predictions.values, use.predict_proba(others), atol=1e-9)
    missing = replace(recipe.ingredients[0], learnware="d" * 64)
    with pytest.raises((ReuseError, NotFoundError)):
        node.replay(replace(recipe, ingredients=(missing, *recipe.ingredients[1:])), others)


def test_a_student_is_taught_and_says_how_well_it_agrees(node, wares):
    mine = table(260, 14, "school")
    found = node.freeze([ware.id for ware in wares], data=mine, form="student", method="mix", preset="quick")
    assert 0.8 < found.agreement <= 1.0
    assert found.rows < 260
    assert found.model.card.origin.kind == "distilled"
    assert "agrees with the combination" in found.note
    draft = node.draft(found.model.id, replace(ABOUT, license="GPL-3.0"), privacy="no-noise")
    assert set(Manifest.from_bytes(node.draft_file(draft.digest, "manifest.json")).lineage) == {w.id for w in wares}


def test_votes_are_no_exact_file_and_it_says_what_can_be_done(node, wares):
    with pytest.raises(ReuseError, match="vote cannot be one model file exactly") as caught:
        node.freeze([ware.id for ware in wares], data=table(100, 15, "voters"), method="vote")
    assert "recipe" in caught.value.hint
