# SPDX-License-Identifier: Apache-2.0
"""The experiments' own arithmetic and bookkeeping: figures that are wrong here would be wrong in every table."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from benchmarks.experiments import (
    bars,
    baselines,
    class_market,
    groceries,
    lies,
    merge,
    other_target,
    page,
    published,
    same_columns,
)
from benchmarks.experiments.cache import cached
from benchmarks.experiments.items import Items, Sizes
from benchmarks.experiments.plan import TUNED_ON, Plan, plan_of
from benchmarks.experiments.questions import Question, answer, market
from benchmarks.experiments.scores import BEST, MEAN, Figure, Key, Tally, figures
from benchmarks.experiments.sketches import EXACT, ONE, second_version, sketch
from benchmarks.harness import seeds_of
from lwnode.reuse import Evidence, Members, Presence, combine
from lwnode.specification.encoders import IMAGES


def question(rows: int = 200, members: int = 6, seed: int = 0) -> Question:
    """Regression: learnware i answers the truth plus i / 4; all are everywhere alike."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(rows, 1))
    answers = np.stack([truth + at / 4.0 for at in range(members)])
    frame = rng.normal(size=(rows, 3))
    mine = Evidence(
        kind="values", predictions=answers, densities=np.ones((members, rows)),
        covered=np.ones((members, rows), dtype=bool), rows=frame,
    )  # fmt: skip
    known = Members(ids=tuple(map(str, range(members))), distances=0.1 + 0.005 * np.arange(members), gamma=0.3)
    return Question(
        members=known, mine=mine, truth=truth, pool=mine, targets=truth, chosen={30: np.arange(30)}
    )  # fmt: skip


def figure(method: str, gaps: tuple[float, ...], labels: int = 0, scenario: str = same_columns.NAME) -> Figure:
    key = Key(scenario=scenario, specification=EXACT, method=method, labels=labels)
    losses = tuple(1.0 - gap / 200.0 for gap in gaps)
    return Figure(key=key, seeds=tuple(range(len(gaps))), losses=losses, gaps=gaps)


def test_losses_are_averaged_over_users_before_the_gap_is_taken() -> None:
    tally = Tally(scenario="s", specification=EXACT)
    for singles, loss in (([4.0, 2.0], 1.0), ([8.0, 4.0], 6.0)):
        tally.market(singles)
        tally.add("m", loss)
    outcome = tally.outcome()
    loss, gap = outcome[Key(scenario="s", specification=EXACT, method="m")]
    assert loss == 3.5
    assert gap == pytest.approx(100.0 * (4.5 - 3.5) / (4.5 - 3.0))  # not the mean of 200 % and 0 %
    assert outcome[Key(scenario="s", specification=EXACT, method=MEAN)][1] == 0.0
    assert outcome[Key(scenario="s", specification=EXACT, method=BEST)][1] == 100.0


def test_figures_gather_seeds_and_their_spread() -> None:
    key = Key(scenario="s", specification=ONE, method="m")
    found = figures([(0, {key: (1.0, 90.0)}), (3, {key: (2.0, 110.0)})])[key]
    assert (found.seeds, found.loss, found.gap) == ((0, 3), 1.5, 100.0)
    assert found.gap_sd == pytest.approx(np.sqrt(200.0))


def test_every_learnware_is_scored_alone_and_the_default_beats_a_blind_choice() -> None:
    asked = question()
    tally = Tally(scenario="s", specification=EXACT)
    market(asked, tally)
    answer(asked, tally, Plan(labels=(30,), quick=True), first=True, labelled=True)
    outcome = {(key.method, key.labels): loss for key, (loss, _) in tally.outcome().items()}
    assert outcome[MEAN, 0] == pytest.approx(np.mean(np.arange(6) / 4.0))
    assert outcome[BEST, 0] == pytest.approx(0.0)
    assert outcome["top-1", 0] == pytest.approx(0.0)
    assert outcome["average", 0] == pytest.approx(0.625)
    assert outcome["mix", 0] < outcome["average", 0]
    assert outcome["mix", 30] < outcome["mix", 0]
    assert outcome["auto", 0] == outcome["mix", 0]
    assert ("auto", 30) in outcome


def test_methods_that_read_no_specification_are_measured_once() -> None:
    tally = Tally(scenario="s", specification=ONE)
    answer(question(), tally, Plan(labels=(30,)), first=False, labelled=True)
    assert {method for method, labels in tally.losses if labels} == {"mix"}
    assert "average" not in {method for method, _ in tally.losses}


@pytest.mark.parametrize(("gaps", "behind", "holds"), [((111.0, 109.0), 2.0, True), ((108.0, 106.0), 5.0, False)])
def test_auto_is_held_against_the_best_method_of_the_product(
    gaps: tuple[float, float], behind: float, holds: bool
) -> None:
    measured = [
        figure("auto", gaps, labels=30), figure("mix", (113.0, 111.0)), figure("stack", (90.0, 91.0), labels=30),
        figure("prune", (150.0, 150.0), labels=300), figure(same_columns.OWN, (140.0, 140.0)),
    ]  # fmt: skip
    rows = bars.rows({one.key: one for one in measured})
    (row,) = [row for row in rows if "auto behind" in row.name]
    assert row.name == f"{same_columns.NAME}: auto behind the best method, 30 labels"
    assert (row.ours, row.holds, row.params["best"]) == (pytest.approx(behind), holds, "mix")


@pytest.mark.parametrize("how", lies.KINDS)
def test_liars_join_the_market_and_lie_where_they_say(how: str) -> None:
    asked = question()
    seen = Presence(distances=np.array([0.05]), densities=np.ones((1, 200)), covered=np.ones((1, 200), dtype=bool))
    fooled = lies.with_liars(asked, seen, how, 3, 0)
    mean = asked.mine.predictions.mean(axis=0)
    said = fooled.mine.predictions[-3:]
    assert fooled.members.ids[-3:] == ("liar 0", "liar 1", "liar 2")
    assert np.array_equal(fooled.members.distances[-3:], [0.05] * 3)
    assert np.array_equal(said[0], said[1]) == (how != lies.VARIED)
    changed = ~np.isclose(said[0], mean)[:, 0]
    assert changed.sum() == 20 if how == lies.COPIES else changed.all()
    assert combine("mix", fooled.members, fooled.mine).values.shape == (200, 1)


def test_class_liars_keep_probabilities() -> None:
    rng = np.random.default_rng(0)
    answers = rng.dirichlet(np.ones(4), size=(5, 60))
    answers[:, :, 3][:2] = np.nan
    mine = Evidence(
        kind="probabilities", predictions=answers, densities=np.ones((5, 60)), covered=np.ones((5, 60), dtype=bool)
    )
    shares = np.where(np.isnan(answers[:, 0]), np.nan, 0.25)
    known = Members(
        ids=tuple("abcde"), distances=np.full(5, 0.1), gamma=0.1, shares=shares, temperatures=np.full(5, np.nan)
    )
    asked = Question(members=known, mine=mine, truth=rng.integers(4, size=60), chosen={})
    seen = Presence(distances=np.array([0.1]), densities=np.ones((1, 60)), covered=np.ones((1, 60), dtype=bool))
    for how in lies.KINDS:
        fooled = lies.with_liars(asked, seen, how, 2, 1)
        said = fooled.mine.predictions[-1]
        assert np.allclose(said.sum(axis=1), 1.0)
        assert fooled.members.shares is not None
        assert fooled.members.shares.shape == (7, 4)
    assert (said.argmax(axis=1) != np.nan_to_num(answers).mean(axis=0).argmax(axis=1)).any()


def test_bounds_hold_what_the_columns_mean_and_views_are_parts_of_them() -> None:
    profile = groceries.profile()
    assert profile.width == 14
    assert profile.gamma == pytest.approx(1 / 14)
    assert profile.origin == "bounds"
    assert [len(view) for view in groceries.VIEWS] == [9, 9, 10]
    assert set().union(*groceries.VIEWS) == set(groceries.COLUMNS)


def test_the_second_version_of_a_frame_comes_from_ten_owners_points() -> None:
    rng = np.random.default_rng(0)
    low, high = np.array(list(groceries.BOUNDS.values())).T
    owners = [low + (high - low) * rng.random((300, 14)) for _ in range(12)]
    profile = groceries.profile()
    settled = second_version(profile, owners, EXACT, 0)
    assert settled.version == 2
    assert settled.previous == profile.id
    assert settled.gamma < profile.gamma
    assert second_version(profile, owners[:10], EXACT, 0) == settled  # the others are not looked at
    assert sketch(owners[0], settled, EXACT, (0, 0)).card.profile == settled.id


def test_markets_of_classes_are_drawn_by_seed_and_never_share_an_item() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(6, size=3_000)
    data = Items(
        name="test", F=rng.normal(size=(3_000, 4)).astype(np.float32), E=rng.normal(size=(3_000, 40)), y=y,
        encoder=IMAGES, owners=np.arange(1_500), users=np.arange(1_500, 3_000),
        sizes=Sizes(owners=4, users=3, owner_items=200, user_items=50, owner_classes=(2, 3), user_classes=(2, 4)),
    )  # fmt: skip
    users, owners = class_market.drawn(data, 5)
    again, _ = class_market.drawn(data, 5)
    assert all(
        np.array_equal(a.asked, b.asked) and np.array_equal(a.pool, b.pool) for a, b in zip(users, again, strict=True)
    )
    assert not any(np.array_equal(a.asked, b.asked) for a, b in zip(users, class_market.drawn(data, 6)[0], strict=True))
    for user in users:
        assert len(np.intersect1d(user.asked, user.pool)) == 0
        assert user.asked.min() >= 1_500
        assert 2 <= len(np.unique(y[np.concatenate([user.asked, user.pool])])) <= 4
    assert all(items.max() < 1_500 and len(np.unique(y[items])) <= 3 for items in owners)
    balanced, _ = class_market.drawn(data, 5, balanced=True)
    assert len(np.unique(y[balanced[0].asked])) == 6


def test_logistic_regression_separates_what_can_be_separated() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=300)
    F = (np.eye(3)[y] * 4.0 + 0.3 * rng.normal(size=(300, 3))).astype(np.float32)
    model = baselines.logistic(F, y * 2)
    assert list(model.classes) == [0, 2, 4]
    assert (model.classes[model.logits(F).argmax(axis=1)] == 2 * y).mean() > 0.99


def test_fusion_without_shares_reads_only_inside_label_sets() -> None:
    predictions = np.array([[[0.9, 0.1, np.nan]], [[np.nan, 0.9, 0.1]]])
    scores = baselines.fused_without_shares(predictions, np.ones((2, 1)), np.ones(2))
    assert scores[0, 0] == pytest.approx(np.log(9.0) / 2.0, rel=1e-3)
    assert scores[0, 2] == pytest.approx(-np.log(9.0) / 2.0, rel=1e-3)
    assert scores[0, 1] == pytest.approx(0.0, abs=1e-3)


def test_published_figures_as_shares_of_the_gap() -> None:
    tables, images, texts = published.PUBLISHED
    best = [max(setting.gap(loss) for _, loss in setting.unlabelled) for setting in (tables, images, texts)]
    assert np.round(best) == pytest.approx([57.0, 98.0, 101.0])
    assert [round(published.lower(n)) for n in (10, 30, 100)] == [8, 21, 23]


def test_bars_hold_or_fall_short_by_the_figures() -> None:
    good = figure("mix", (113.0, 114.0))
    alone = {
        name: figure(name, gaps, 300)
        for name, gaps in ((same_columns.BOOSTED, (83.0, 84.0)), (same_columns.RIDGE, (50.0, 40.0)))
    }
    cells = {item.key: item for item in (good, *alone.values())}
    rows = {row.name: row for row in bars.rows(cells)}
    assert rows[f"{same_columns.NAME}: mix"].holds is True
    against = rows[f"{same_columns.NAME}: no label against self-training with 300"]
    assert against.ours == pytest.approx(30.0)  # the better of the two that train alone
    assert against.holds is True
    poor = figure("mix", (111.0, 112.0))
    rows = {row.name: row for row in bars.rows({poor.key: poor})}
    assert rows[f"{same_columns.NAME}: mix"].holds is False
    assert "-2.9 points" in rows[f"{same_columns.NAME}: mix"].reason


def test_another_target_is_judged_by_the_loss_beside_the_better_self_training() -> None:
    name = other_target.NAME
    ours, boosted, ridge = (
        figure(method, gaps, 30, name)
        for method, gaps in (("augment", (40.0,)), (same_columns.BOOSTED, (0.0,)), (same_columns.RIDGE, (20.0,)))
    )
    rows = bars.rows({item.key: item for item in (ours, boosted, ridge)})
    row = next(row for row in rows if row.name.startswith(f"{name}: augment below"))
    assert row.ours == pytest.approx(100.0 * (1.0 - 0.8 / 0.9))
    assert row.holds is True
    assert row.peer == pytest.approx(published.lower(30))
    cell = next(row for row in rows if row.name == f"{name}: augment, 30 labels")
    assert cell.unit == "loss"


def test_the_page_shows_what_falls_short_first_and_fresh_seeds_apart() -> None:
    many = figure("mix", (110.0, 110.0, 110.0, 114.0, 115.0))
    rows = bars.rows({many.key: many})
    made = [
        {"name": row.name, "unit": row.unit, "ours": row.ours, "bar": row.bar, "holds": row.holds, "peer": row.peer,
         "params": row.params, "reason": row.reason}
        for row in rows
    ]  # fmt: skip
    made.append({"name": "wordnet", "unit": "", "ours": None, "bar": "", "holds": None, "peer": None, "params": {},
                 "reason": "the data are not installed"})  # fmt: skip
    text = page.page({"machine": {"system": "x", "python": "3", "threads": "1"}, "rows": made})
    assert "| **no** |" in text
    assert "111.8 ± 2.5 (114.5) % of the gap" in text
    assert "- wordnet: the data are not installed" in text
    assert len(TUNED_ON) == 3


def test_runs_of_single_seeds_are_as_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge.plots, "draw", lambda found: None)
    runs = []
    for seed in (4, 3):
        tally = Tally(scenario=same_columns.NAME, specification=EXACT)
        for user in range(3):
            tally.market([1.0 + seed + user, 2.0])
            tally.add("mix", 0.5 + 0.1 * user * seed)
        runs.append((seed, tally.outcome()))
    whole = bars.rows(figures(sorted(runs)))
    apart = [{"rows": [asdict(row) for row in bars.rows(figures([run]))]} for run in runs]
    for row, same in zip(merge.merged(apart), whole, strict=True):
        assert (row.name, row.holds) == (same.name, same.holds)
        assert row.ours == pytest.approx(same.ours, abs=1e-3)
        assert row.params["cell"]["seeds"] == [3, 4]
    with pytest.raises(ValueError, match="twice with seed 4"):
        merge.merged([apart[0], apart[0]])


def test_a_quick_plan_is_small_and_seeds_are_read() -> None:
    quick = plan_of(quick=True, seeds=None, peer=None)
    assert len(quick.seeds) == 1
    assert quick.users <= 10
    assert plan_of(quick=False, seeds=(7,), peer=None).seeds == (7,)
    assert seeds_of("0,12") == (0, 12)
    with pytest.raises(ValueError, match="invalid literal"):
        seeds_of("0,x")


def test_the_cache_makes_a_feature_once(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("benchmarks.experiments.cache.BUILD", tmp_path)
    made = []

    def make() -> dict[str, np.ndarray]:
        made.append(1)
        return {"a": np.arange(3), "b": np.eye(2)}

    first, second = cached("x-1", make), cached("x-1", make)
    assert len(made) == 1
    assert np.array_equal(first["a"], second["a"])
    assert np.array_equal(second["b"], np.eye(2))


def test_part_of_a_question_goes_with_its_labels() -> None:
    asked = question()
    known = replace(asked, chosen={3: np.array([5, 1, 9])}).labelled(3)
    assert np.array_equal(known.targets, asked.truth[[5, 1, 9]])
    assert np.array_equal(known.evidence.predictions, asked.mine.predictions[:, [5, 1, 9]])
