# SPDX-License-Identifier: Apache-2.0
"""The network preset: it learns, its file says what it says, and a file can be read back and trained further."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lwnode.documents import Input
from lwnode.errors import CancelledError, ModelError
from lwnode.models import NeuralNetwork, Settings, adopt, read_network, to_onnx
from tests.support.models import fixed_answer, mixed, run

INPUTS = tuple(
    Input(name=f"c{column}", type="category", levels=tuple("abcdefghijkl"[: 12 if column == 1 else 4]))
    if column in (1, 4)
    else Input(name=f"c{column}", type="number", unit="1")
    for column in range(6)
)
BRIEF = Settings(epochs=8, hidden=(16, 8))


def _trained(task, settings=BRIEF, **options):
    X, score, _ = mixed()
    y = {"classification": np.digitize(score, [-1, 1]).astype(str), "regression": 1000 + 50 * score}[task]
    return NeuralNetwork(INPUTS, task=task, settings=settings).fit(X, y, **options), X, y


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_file_answers_as_the_network_whatever_the_values(task):
    network, X, _ = _trained(task)
    X[:40, 1] = 99
    X[40:60, 4] = -1
    X[60:70, 0] = np.inf
    X[70:80, 0] = -1e30
    X[80:90] = np.nan
    given = run(to_onnx(network, width=6), X)
    meant = network.predict_proba(X) if task == "classification" else network.predict(X)[:, None]
    assert np.isfinite(given).all()
    np.testing.assert_allclose(given, meant, rtol=1e-5, atol=1e-5)


def test_it_learns_numbers_categories_and_missing_values():
    network, X, y = _trained("regression", Settings(epochs=40))
    explained = 1 - np.mean((network.predict(X) - y) ** 2) / np.var(y)
    assert explained > 0.75
    labels, _, wanted = _trained("classification", Settings(epochs=25))
    assert np.mean(labels.predict(X) == wanted) > 0.8
    assert labels.classes_.tolist() == ["0", "1", "2"]


def test_the_same_seed_gives_the_same_network_and_torchs_state_is_left_alone():
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first, _, _ = _trained("regression")
    np.random.default_rng().normal()
    second, _, _ = _trained("regression")
    assert first.to_onnx() == second.to_onnx()
    assert torch.equal(before, torch.random.get_rng_state())


def test_coordinates_that_training_never_saw_have_no_influence():
    X, score, _ = mixed()
    full = np.nan_to_num(X)
    network = NeuralNetwork(INPUTS, task="regression", settings=BRIEF).fit(full, score)
    probe = full[:50].copy()
    probe[:, 0] = network.network_.center[0]
    missing = probe.copy()
    missing[:, 0] = np.nan
    np.testing.assert_allclose(network.predict(missing), network.predict(probe), atol=1e-6)


def test_only_numbers_only_categories_and_a_constant_column():
    X, score, _ = mixed()
    for chosen in ([0, 2, 3], [1, 4]):
        some = tuple(INPUTS[column] for column in chosen)
        network = NeuralNetwork(some, task="regression", settings=BRIEF).fit(X[:, chosen], score)
        np.testing.assert_allclose(run(network.to_onnx(), X[:, chosen])[:, 0], network.predict(X[:, chosen]), atol=1e-5)
        assert read_network(network.to_onnx(), some, "regression").to_onnx() == network.to_onnx()
    constant = np.column_stack([np.full(len(X), 7.5), X[:, 0]]).astype(np.float32)
    network = NeuralNetwork(INPUTS[2:4], task="regression", settings=BRIEF).fit(constant, score)
    assert np.isfinite(network.predict(constant)).all()


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_file_read_back_is_the_network_and_trains_on(task):
    network, X, y = _trained(task)
    model = network.to_onnx()
    found = read_network(model, INPUTS, task)
    assert found.to_onnx() == model
    unchanged = NeuralNetwork(INPUTS, task=task, settings=Settings(epochs=0)).fit(X, y, start=found)
    assert unchanged.to_onnx() == model
    further = NeuralNetwork(INPUTS, task=task, settings=Settings(epochs=15)).fit(X, y, start=found)
    assert further.to_onnx() != model
    assert _loss(further, X, y) < _loss(network, X, y)


def _loss(network, X, y):
    if network.task == "regression":
        return np.mean((network.predict(X) - y) ** 2)
    return -np.mean(np.log(network.predict_proba(X)[np.arange(len(y)), y.astype(int)] + 1e-9))


@pytest.mark.parametrize(
    "model",
    [
        fixed_answer([[0.5, 0.5]]),
        fixed_answer([[1.0]], output="values"),
    ],
    ids=["classifier", "regressor"],
)
def test_another_file_is_not_read_as_a_network(model):
    for task in ("classification", "regression"):
        with pytest.raises(ModelError, match="not a network"):
            read_network(model, INPUTS, task)


def test_other_inputs_or_outputs_do_not_fit_a_network():
    network, X, _ = _trained("classification")
    with pytest.raises(ModelError, match="not a network"):
        read_network(network.to_onnx(), INPUTS[:5], "classification")
    with pytest.raises(ModelError, match="not a network"):
        read_network(network.to_onnx(), INPUTS, "regression")
    with pytest.raises(ModelError, match="other inputs or outputs"):
        NeuralNetwork(INPUTS, task="classification").fit(X, X[:, 2] > 0, start=network.network_)
    with pytest.raises(ModelError, match="shape"):
        network.predict(X[:, :3])


def test_training_can_be_cancelled_and_reports_its_share():
    shares = []

    def progress(share, doing):
        shares.append(share)
        if len(shares) == 3:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        _trained("regression", progress=progress)
    assert shares == [0, 1 / 8, 2 / 8]


def test_what_cannot_be_trained_says_why():
    X, score, _ = mixed(rows=120)
    network = NeuralNetwork(INPUTS, task="classification")
    with pytest.raises(ModelError, match="one label"):
        network.fit(X, np.zeros(120))
    with pytest.raises(ModelError, match="shape"):
        network.fit(X, np.zeros(7))
    with pytest.raises(ModelError, match="not finite"):
        NeuralNetwork(INPUTS, task="regression").fit(X, np.full(120, np.nan))
    with pytest.raises(ModelError, match="not fitted"):
        network.to_onnx()
    with pytest.raises(ValueError, match="no network preset"):
        NeuralNetwork(INPUTS, task="feature extraction")
    with pytest.raises(AttributeError):
        NeuralNetwork(INPUTS, task="regression", settings=BRIEF).fit(X, score).predict_proba(X)


def test_a_fitted_preset_can_be_adopted():
    network, X, _ = _trained("classification")
    file = adopt(network, inputs=INPUTS, probe=X)
    assert (file.family, file.task, file.classes) == ("neural network", "classification", ("0", "1", "2"))
    assert file.agreement == 1.0
    assert file.difference < 1e-5
