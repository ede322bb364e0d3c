# SPDX-License-Identifier: Apache-2.0
"""A start trained further: better than it was and than few labels alone, or left as it is; figures on unseen rows."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from lwnode.documents import Card, Input
from lwnode.errors import CancelledError, DataError, UnsafeModelError
from lwnode.models.layer_reader import read_layers
from lwnode.training import Images, Start, Table, as_table, encode, head_tuning, pose_from, tune, tune_in_worker
from lwnode.training.fine_tuning import FineTuning
from lwnode.training.layered import fronted
from lwnode.training.private.graph import Layer
from lwnode.training.private.images import CHANNELS, Convolutions, Shape, first_weights
from lwnode.training.private.target import Target
from tests.support.starts import INPUTS, labels, posed, rows, start
from tests.support.training import answers

WARDS = np.array(["er", "icu", "or"], dtype=object)
CLASSES = np.array(["low", "mid", "top"], dtype=object)


def table(count: int, task: str, *, turned: float = 0.0, seed: int = 11, **changes: np.ndarray) -> Table:
    """Labelled rows of a user, whose truth is turned from the owner's."""
    X = rows(count, seed)
    y = labels(X, task, turned=turned, seed=seed)
    ward = np.where(np.isnan(X[:, 2]), None, WARDS[np.nan_to_num(X[:, 2]).astype(int)])
    said = CLASSES[y] if task == "classification" else y
    columns = {"a": X[:, 0], "b": X[:, 1], "ward": ward, "c": X[:, 3], "y": said, **changes}
    return as_table(
        {name: np.asarray(v, dtype=object) if v.dtype == object else v.astype(float) for name, v in columns.items()},
        target="y",
        name="mine",
    )


def error(model: bytes, task: str, *, turned: float) -> float:
    """Share of wrong labels, or RMSE, on rows that nobody was trained on."""
    X = rows(1500, 99)
    truth, given = labels(X, task, turned=turned, seed=99), answers(model, X)
    if task == "classification":
        return float(np.mean(given.argmax(1) != truth))
    return float(np.sqrt(np.mean((given[:, 0] - truth) ** 2)))


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("family", ["linear", "network", "forest"])
def test_a_start_whose_user_differs_becomes_better_than_it_was(family, task):
    begun = start(family, task)
    tuned = tune(table(100, task, turned=0.8), begun)
    assert tuned.preset == "fine-tuned"
    assert tuned.card.origin is not None
    assert (tuned.card.origin.kind, tuned.card.origin.learnwares) == ("fine-tuned", (begun.learnware,))
    assert tuned.card.probe_agreement > 0.995
    assert error(tuned.model, task, turned=0.8) < 0.85 * error(begun.model, task, turned=0.8)
    names = [row.family for row in tuned.leaderboard]
    assert sum(name.startswith("your labels alone") for name in names) == 1
    assert any(name.startswith("the start as it is") for name in names)
    won = [row for row in tuned.leaderboard if row.won]
    assert len(won) == 1
    assert won[0].family == tuned.card.family
    assert "chosen by cross-fitting" in won[0].note


def test_with_few_labels_it_beats_them_alone_and_says_so():
    tuned = tune(table(40, "classification", turned=0.3), start("linear", "classification"))
    loss = {row.family: row.loss for row in tuned.leaderboard}
    won = next(row for row in tuned.leaderboard if row.won)
    assert all(won.loss < loss[name] for name in loss if name.startswith("your labels alone"))


def test_a_start_that_labels_cannot_better_stays_byte_for_byte():
    # labels that nothing predicts: the best answer is near the shares of the classes, and a sure start is far from it
    begun, mine = start("forest", "classification"), table(60, "classification", seed=3)
    truth = labels(rows(60, 3), "classification", seed=3)
    sure = tune(dataclasses.replace(mine, columns={**mine.columns, "y": CLASSES[truth]}), begun)
    if sure.preset == "start":
        assert sure.model == begun.model
    first = next(row for row in sure.leaderboard if row.family.startswith("the start as it is"))
    won = next(row for row in sure.leaderboard if row.won)
    assert won.loss <= first.loss


def test_where_nothing_is_gained_the_start_is_kept_and_the_leaderboard_says_so(monkeypatch):
    begun, mine = start("linear", "classification"), table(60, "classification")
    monkeypatch.setattr(head_tuning, "PENALTIES", (1e12,))  # held so hard that nothing can change
    kept = tune(mine, begun)
    assert kept.preset == "start"
    assert kept.model == begun.model
    assert kept.card.origin.kind == "unchanged"
    assert kept.card.family == "linear"
    won = next(row for row in kept.leaderboard if row.won)
    assert won.family == "the start as it is: linear"
    assert "the start stays as it is" in won.note


def test_figures_are_of_rows_that_were_not_learnt_from():
    # labels that nothing predicts: figures on the training rows would be far above chance
    mine = table(150, "classification")
    noise = np.random.default_rng(3).permutation(np.repeat(CLASSES, 50))
    tuned = tune(dataclasses.replace(mine, columns={**mine.columns, "y": noise}), start("network", "classification"))
    area, right = tuned.card.figures
    assert (area.name, right.name) == ("auc", "accuracy")
    assert area.low <= 0.5 + 0.06
    assert right.value < 0.48
    assert tuned.card.figures_note.startswith(("cross-fitted", "of the start"))
    assert area.value == round(area.value, 2)


def test_the_same_seed_gives_the_same_bytes_here_and_in_a_process(tmp_path: Path):
    mine, begun = table(60, "classification", turned=0.5), start("network", "classification")
    heard: list[str] = []
    here = tune(mine, begun, seed=4)
    there = tune_in_worker(mine, begun, seed=4, folder=tmp_path, progress=lambda share, doing: heard.append(doing))
    assert there.model == here.model
    assert there.card == here.card
    assert not list(tmp_path.iterdir())
    assert heard


def test_it_is_cancelled_by_its_progress(tmp_path: Path):
    def stop(share: float | None, doing: str) -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        tune_in_worker(table(60, "classification"), start("network", "classification"), folder=tmp_path, progress=stop)
    assert not list(tmp_path.iterdir())


def test_a_class_without_labels_stays_in_the_model():
    mine = table(120, "classification", turned=0.8)
    some = mine.select(np.array([label != "top" for label in mine.columns["y"]]))
    tuned = tune(some, start("linear", "classification"))
    assert tuned.card.classes == ("low", "mid", "top")
    given = answers(tuned.model, rows(200, 5))
    assert given.shape == (200, 3)
    assert given[:, 2].max() > 0.05


def test_what_the_data_lack_is_named():
    card, mine = start("linear", "classification").card, table(40, "classification")
    columns = {name: values for name, values in mine.columns.items() if name not in ("b", "c")}
    short = as_table({name: np.asarray(values) for name, values in columns.items()}, target="y")
    with pytest.raises(DataError, match=r"lack 2 columns .* b, c"):
        pose_from(short, card)
    strange = table(40, "classification", y=np.array(["low", "MID"] * 20, dtype=object))
    with pytest.raises(DataError, match="1 label of 'y' unknown") as caught:
        pose_from(strange, card)
    assert "low, mid, top" in caught.value.hint
    assert "MID" not in str(caught.value) + caught.value.hint
    with pytest.raises(DataError, match=r"9 rows .* needs 10"):
        pose_from(table(9, "classification"), card)
    with pytest.raises(DataError, match="same value in every labelled row"):
        pose_from(table(40, "classification", y=np.array(["mid"] * 40, dtype=object)), card)
    with pytest.raises(DataError, match="not a number"):
        pose_from(mine, start("linear", "regression").card)
    with pytest.raises(DataError, match="withheld here"):
        pose_from(mine.assign(target="y", roles={"ward": "identifier"}), card)
    with pytest.raises(DataError, match="encoder"):
        pose_from(
            mine,
            dataclasses.replace(card, encoder="lwnode.texts/1", inputs=(dataclasses.replace(INPUTS[0], name="x"),)),
        )


def test_a_column_that_has_one_value_here_is_an_input_all_the_same():
    mine = table(40, "classification", c=np.full(40, 0.25))
    assert mine.roles["c"] == "ignored"
    problem = pose_from(mine, start("linear", "classification").card)
    assert [item.name for item in problem.inputs] == ["a", "b", "ward", "c"]
    assert (problem.X[:, 3] == 0.25).all()


def test_a_start_that_is_no_model_is_refused_in_the_process(tmp_path: Path):
    bad = dataclasses.replace(start("linear", "classification"), model=b"\x08\x09 no model")
    with pytest.raises(UnsafeModelError):
        tune_in_worker(table(40, "classification"), bad, folder=tmp_path)


def test_a_strong_hold_keeps_the_network_where_it_began():
    begun, problem = start("network", "classification"), posed("classification", 60, 5, turned=1.0)
    layers = read_layers(begun.model, width=4)
    F = fronted(layers, problem.X)
    ways = FineTuning(layers=layers, F=F, probe=F[:5], problem=problem, seed=0)

    def moved(strength: float) -> float:
        after = ways.trained(strength=strength, steps=120)
        pairs = zip(after.arrays, layers.arrays, strict=True)
        return float(np.sqrt(sum(((now - before) ** 2).sum() for now, before in pairs)))

    free, held, nailed = moved(0.0), moved(0.1), moved(100.0)
    assert free > 2 * held > 4 * nailed


def test_a_card_that_promises_other_classes_is_refused():
    begun = start("linear", "classification")
    card: Card = dataclasses.replace(begun.card, classes=("low", "mid", "top", "more"))
    from lwnode.errors import ModelError

    with pytest.raises(ModelError, match="does not answer in the classes"):
        tune(table(40, "classification"), Start(learnware="b" * 64, model=begun.model, card=card))


def test_the_encoded_rows_are_the_cards():
    mine = table(20, "regression")
    np.testing.assert_array_equal(encode(INPUTS, mine.columns)[:, 2], rows(20, 11)[:, 2])


def _pictures(count: int, seed: int) -> Images:
    """Small pictures of two kinds: bright above, or bright below."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, count)
    pixels = rng.integers(0, 90, (count, 8, 7))
    pixels[kind == 0, :4] += 120
    pixels[kind == 1, 4:] += 120
    return Images.from_arrays(pixels.astype(np.uint8), np.where(kind == 1, "below", "above"), target="kind")


def test_convolutions_are_trained_further_on_encoded_pictures(tmp_path: Path):
    encoder = "lwnode.pixels/1/8x7x1"
    mine, shape = _pictures(60, 1).table(encoder), Shape(height=8, width=7, channels=1)
    target = Target(name="kind", classes=("above", "below"))
    head = Layer(weight=np.zeros((4 * CHANNELS, 2)), bias=np.zeros(2))  # it tells nothing yet
    model = Convolutions(shape=shape, target=target, weights=first_weights(shape, target), head=head).to_onnx()
    inputs = tuple(Input(name=name, type="number") for name in mine.names if name != "kind")
    card = Card(family="cnn", task="classification", inputs=inputs, classes=target.classes, target="kind")
    begun = Start(learnware="c" * 64, model=model, card=dataclasses.replace(card, encoder=encoder))
    tuned = tune_in_worker(mine, begun, folder=tmp_path)
    assert tuned.card.encoder == encoder
    assert tuned.card.family == "convolutional neural network, fine-tuned"
    other = _pictures(300, 5).table(encoder)
    X, truth = encode(inputs, other.columns), other.columns["kind"] == "below"
    assert np.mean(answers(tuned.model, X).argmax(1) != truth) < 0.05
    assert np.mean(answers(model, X).argmax(1) != truth) > 0.2
