# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.reuse.mix import distance_prior, gate, mix
from lwnode.reuse.robust import trimmed, weighted_median
from tests.support.reuse import blend, classes, evidence, members, plain_agreement, plain_mix


def test_the_mix_is_that_of_the_plain_formula() -> None:
    rng = np.random.default_rng(0)
    P, f, D = rng.normal(size=(9, 200)), rng.random((9, 200)) + 0.01, 0.1 * rng.random(9)
    found = blend(mix, evidence(P, densities=f), distances=D)
    agreed = plain_agreement(P, f, D)
    assert agreed.min() < 0.999
    assert found.values[:, 0] == pytest.approx(plain_mix(P, f, D, agreed=agreed), rel=1e-9, abs=1e-12)
    assert found.weights.sum(axis=0) == pytest.approx(np.ones(200))
    again = blend(mix, evidence(P, densities=f), distances=D, weights=found.shares)
    assert again.values == pytest.approx(found.values), "the shares repeat the rule"


def spread_out(seed: int, honest: int = 30, rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Answers and truth; in a part of the rows the answers spread so far that nothing stands out."""
    rng = np.random.default_rng(seed)
    truth = 2.0 + rng.normal(size=rows)
    width = np.where(np.arange(rows) % 4 == 0, 1.5, 0.2)
    return truth + width * rng.normal(size=(honest, rows)), truth


def test_a_liar_that_hides_where_answers_spread_is_known_by_the_other_rows() -> None:
    def error(answers: np.ndarray, truth: np.ndarray, density: np.ndarray, **changes: np.ndarray) -> float:
        values = blend(mix, evidence(answers, densities=density), **changes).values[:, 0]
        return float(np.mean((values - truth) ** 2))

    for seed in range(5):
        P, truth = spread_out(seed)
        lied = np.concatenate([P, np.zeros((3, len(truth)))])
        densities = np.ones(lied.shape)
        densities[-3:] = 3.0  # a sketch of everybody's rows
        honest = error(P, truth, np.ones(P.shape))
        trimmed_only = error(lied, truth, densities, weights=np.ones(33))
        assert trimmed_only > 1.5 * honest
        assert error(lied, truth, densities) < 1.05 * honest


def test_an_expert_that_speaks_alone_where_its_data_were_is_believed() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=300)
    P = truth + 0.1 * rng.normal(size=(12, 300))
    P[0], P[1:, :60] = truth + 3.0, 9.0  # it is far off elsewhere, the others are where it is at home
    P[0, :60] = truth[:60]
    densities = np.full(P.shape, 1.0)
    densities[0], densities[1:, :60], densities[0, :60] = 1e-6, 1e-6, 1.0
    values = blend(mix, evidence(P, densities=densities)).values[:, 0]
    assert values[:60] == pytest.approx(truth[:60], abs=1e-3)


def test_a_single_row_silences_nobody_and_few_learnwares_do_not_vote_on_each_other() -> None:
    said = np.array([1.0, 1.1, 1.2, 1.3, 1.1, 50.0])[:, None]
    other = evidence(np.array([1.0, 1.1, 1.2, 1.3, 1.15, 1.2])[:, None])
    assert mix(members(6), evidence(said), None)(other).weights[5, 0] > 0.1
    rng = np.random.default_rng(0)
    few = evidence(rng.normal(size=(4, 200)))
    assert mix(members(4), few, None)(few).shares == pytest.approx(np.full(4, 0.25))


def test_three_constant_liars_of_forty_two_move_nothing() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=400)
    honest = truth + rng.normal(0, 0.3, (39, 1)) + 0.2 * rng.normal(size=(39, 400))
    D = np.append(0.05 + 0.1 * rng.random(39), [0.05] * 3)
    f = np.concatenate([rng.random((39, 400)), np.full((3, 400), 0.8)])
    lies = np.full((3, 400), 50.0)

    def error(P, densities, distances) -> float:
        return float(
            np.sqrt(
                np.mean((blend(mix, evidence(P, densities=densities), distances=distances).values[:, 0] - truth) ** 2)
            )
        )

    alone = error(honest, f[:39], D[:39])
    assert error(np.concatenate([honest, lies]), f, D) < 1.1 * alone
    loose = gate(distance_prior(D), f)
    plain = np.sqrt(np.mean(((loose * np.concatenate([honest, lies])).sum(axis=0) - truth) ** 2))
    assert plain > 5 * alone


@pytest.mark.parametrize("liars", [1, 3])
def test_liars_about_classes_move_nothing(liars: int) -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(3, size=300)
    honest = np.clip(0.7 * np.eye(3)[truth] + 0.3 * rng.dirichlet(np.ones(3), (12, 300)), 0, 1)
    lie = np.tile([1.0, 0.0, 0.0], (liars, 300, 1))
    found = blend(mix, classes(np.concatenate([honest, lie])))
    assert (found.values.argmax(axis=1) == truth).mean() > 0.98
    assert found.values.sum(axis=1) == pytest.approx(np.ones(300))


def test_each_learnware_speaks_where_its_data_were() -> None:
    f = np.array([[1.0, 1e-6, 0.5], [1e-6, 1.0, 0.5]])
    found = blend(mix, evidence([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]], densities=f))
    assert found.values[:, 0] == pytest.approx([1.0, 2.0, 1.5])


def test_rows_that_no_density_reaches_follow_the_distance() -> None:
    f = np.array([[0.0, 1e-30], [0.0, 0.0], [0.0, 0.0]])
    given = evidence([[1.0] * 2, [2.0] * 2, [9.0] * 2], densities=f)
    found = blend(mix, given, distances=np.array([0.0, 1.0, 1.0]))
    assert found.values[:, 0] == pytest.approx([1.0, 1.0])
    assert found.weights.sum(axis=0) == pytest.approx([1.0, 1.0])


def test_the_prior_falls_with_the_distance() -> None:
    few, more = distance_prior(np.array([0.1, 0.2])), distance_prior(np.array([0.1, 0.2, 0.15, 0.9]))
    assert few == pytest.approx(more[:2])
    assert few[1] == pytest.approx(np.exp(-3.0))


def test_nobody_gains_by_being_nearer_than_the_near_ones() -> None:
    honest = np.linspace(0.1, 0.3, 40)
    before, after = distance_prior(honest), distance_prior(np.append(honest, [0.0, 0.0, 0.0]))
    assert before[:8] == pytest.approx(np.ones(8))
    assert after[-3:] == pytest.approx(np.ones(3))
    assert after[:40] == pytest.approx(before, rel=0.6)  # three of eight places moved the bound by three ranks
    assert after[:5] == pytest.approx(np.ones(5))


def test_shares_of_a_mixture_take_the_place_of_distances() -> None:
    P = [[0.0] * 4, [1.0] * 4]
    found = blend(mix, evidence(P), distances=np.array([0.0, 5.0]), weights=np.array([0.2, 0.8]))
    assert found.values[:, 0] == pytest.approx([1.0] * 4)
    assert found.weights[1] == pytest.approx([1.0] * 4)


def test_one_learnware_is_taken_at_its_word() -> None:
    found = blend(mix, evidence([[3.0, np.nan, 5.0]]))
    assert found.values[[0, 2], 0] == pytest.approx([3.0, 5.0])
    assert np.isnan(found.values[1, 0])
    assert found.weights[0].tolist() == [1.0, 0.0, 1.0]


def test_who_does_not_answer_has_no_part_in_the_row() -> None:
    P = np.array([[1.0, np.nan, np.inf], [2.0, 2.0, -np.inf], [1.5, 2.0, np.nan]])
    found = blend(mix, evidence(P, densities=np.array([[1.0] * 3, [1e-3] * 3, [1e-3] * 3])))
    assert found.values[:2, 0] == pytest.approx([1.0, 2.0])
    assert np.isnan(found.values[2, 0])
    assert found.weights[0, 1] == 0.0
    assert found.weights[:, 2].sum() == 0.0


def test_only_a_learnware_without_density_answers() -> None:
    P = np.array([[np.nan], [7.0]])
    found = blend(mix, evidence(P, densities=np.array([[1.0], [0.0]])), weights=np.array([1.0, 0.0]))
    assert found.values[0, 0] == 7.0


def test_a_class_that_few_know_needs_their_part_in_the_row() -> None:
    one = [[0.9, 0.1, np.nan]]
    other = [[np.nan, np.nan, 1.0]]
    P = np.array([one, one, other])
    far = blend(mix, classes(P, densities=np.array([[1.0], [1.0], [0.01]])))
    assert far.values[0].argmax() == 0
    assert far.values[0, 2] < 0.02
    near = blend(mix, classes(P, densities=np.array([[0.01], [0.01], [1.0]])))
    assert near.values[0].argmax() == 2
    assert near.weights[2, 0] > 0.9


def test_several_outputs_are_mixed_each_on_its_own() -> None:
    P = np.array([[[1.0, 10.0]], [[1.1, 10.1]], [[0.9, 99.0]], [[1.0, 9.9]]])
    found = blend(mix, evidence(P))
    assert found.values[0] == pytest.approx([1.0, 10.0], abs=1e-9)


def test_weighted_median() -> None:
    values = np.array([[5.0], [1.0], [3.0]])
    assert weighted_median(np.array([[1.0], [1.0], [1.0]]), values) == 3.0
    assert weighted_median(np.array([[9.0], [1.0], [1.0]]), values) == 5.0
    assert weighted_median(np.array([[1.0], [1.0], [0.0]]), values) == 3.0
    assert weighted_median(np.array([[1.0], [0.0], [1.0]]), values) == 4.0


def test_who_holds_most_of_the_weight_does_not_judge_itself() -> None:
    values = np.array([[1.0], [1.1], [0.9], [50.0]])[:, :, None]
    judges, heard = np.ones((4, 1, 1)), np.array([1.0, 1.0, 1.0, 1000.0])[:, None, None]
    assert trimmed(values, heard)[:, 0, 0].tolist() == [0.0, 0.0, 0.0, 1000.0]
    assert trimmed(values, heard, judges)[:, 0, 0].tolist() == [1.0, 1.0, 1.0, 0.0]
    alone = np.array([0.0, 0.0, 0.0, 1.0])[:, None, None]
    assert trimmed(values, alone, judges)[:, 0, 0].tolist() == [
        1.0,
        1.0,
        1.0,
        0.0,
    ]  # the others, as nobody heard is near
