# SPDX-License-Identifier: Apache-2.0
"""Train → publish → sync → search → reuse between homes, over a hub in memory; and no raw row leaves the home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import lwnode
from lwnode.documents import Manifest
from lwnode.errors import (
    CheckFailedError,
    InviteError,
    NotFoundError,
    NothingFitsError,
    PartnerError,
    PrivacyBudgetError,
    SettingsError,
)
from lwnode.node.facade import Node
from lwnode.node.records import Ware
from lwnode.training import auc, read_table
from tests.support.homes import SAMPLE, TARGET, TrainedHomes, engine_of, make_node, publish_trained, reopen, semantic
from tests.support.memory_hub import MemoryHub

CLINIC = SAMPLE / "new_clinic_unlabelled.csv"
MATERNITY = "hospital_b_maternity_young.csv"

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory, trained_homes: TrainedHomes
) -> Iterator[tuple[Path, MemoryHub, Node, Node, Ware]]:
    """A geriatric hospital that has published, and a clinic that has received it."""
    root = tmp_path_factory.mktemp("market")
    hub = MemoryHub()
    hospital = trained_homes.copy("hospital_c_geriatric.csv", root, "geriatric", hub)
    clinic = make_node(root, "clinic", hub)
    ware = publish_trained(hospital, "Readmission, geriatric")
    hub.settle()
    yield root, hub, hospital, clinic, ware
    hospital.close()
    clinic.close()


Market = tuple[Path, MemoryHub, Node, Node, Ware]


def test_clinic_finds_reuses_and_predicts_better_than_chance(market: Market) -> None:
    _, _, _, clinic, ware = market
    found = clinic.search(lwnode.Requirement(data=CLINIC, semantic={"task": "classification"}))
    assert found.verdict == "fits"
    assert found.single[0].learnware == ware.id
    use = clinic.reuse(found)
    truth = read_table(SAMPLE / "new_clinic_answers.csv", target=TARGET)
    score = use.predict_proba(CLINIC)[:, use.classes_.index("1")]
    assert auc(truth.labels() == 1, score) > 0.7
    assert set(use.predict(CLINIC)) <= {"0", "1"}
    assert use.report is not None
    assert [member.learnware for member in use.report.members] == [ware.id]


def test_a_search_changes_nothing_that_leaves(market: Market) -> None:
    _, hub, _, clinic, _ = market
    before = (clinic.outbox().count, len(hub.rows), clinic.links()[0].waiting)
    clinic.search(lwnode.Requirement(data=CLINIC))
    hub.settle()
    assert (clinic.outbox().count, len(hub.rows), clinic.links()[0].waiting) == before


def test_a_search_without_a_network_gives_the_same(market: Market) -> None:
    _, hub, _, clinic, _ = market
    requirement = lwnode.Requirement(data=CLINIC)
    online = [(m.learnware, m.distance) for m in clinic.search(requirement).nearest]
    hub.reachable = False
    try:
        assert [(m.learnware, m.distance) for m in clinic.search(requirement).nearest] == online
    finally:
        hub.reachable = True


def test_outbox_names_everything_that_left_and_is_unbroken(market: Market) -> None:
    _, hub, hospital, _, ware = market
    outbox = hospital.outbox()
    assert outbox.broken_at is None
    assert outbox.rows_left == 0
    manifest = Manifest.from_bytes(engine_of(hospital).store.catalogue.get(ware.id).manifest)
    sent = {row.digest for row in outbox.entries}
    assert {entry.sha256 for entry in manifest.files} <= sent
    assert set(hub.files) <= sent
    announced = [row for row in outbox.entries if row.kind == "manifest"]
    assert [row.learnware for row in announced] == [ware.id]
    assert announced[0].epsilon == 1.0
    assert announced[0].who not in ("", "node")


def test_canary_rows_are_nowhere_outside_their_file(tmp_path: Path) -> None:
    """Rows planted in the data are in nothing that left, and in no file of the home."""
    canary = [61.5, 29.375, 144.25, 85.125, 6.4375, 153.5, 131.75, 7.25, 3.0625, 14.40625]
    source = (SAMPLE / "hospital_b_maternity_young.csv").read_text().splitlines()
    planted = [f"planted-{i},Maternity," + ",".join(str(v) for v in canary) + f",{i % 2}" for i in range(2)]
    data = tmp_path / "data"
    data.mkdir()
    (data / "discharges.csv").write_text("\n".join([*source, *planted]) + "\n")
    hub = MemoryHub()
    with make_node(tmp_path, "maternity", hub) as node:
        node.add_profile(lwnode.read_profile(SAMPLE / "profile.json"))
        model = node.train(data / "discharges.csv", target=TARGET, preset="quick")
        node.publish(node.draft(model, semantic("Readmission, maternity")))
        hub.settle()
    left = b"".join(hub.files.values()) + b"".join(row.body for row in hub.rows)
    homes = b"".join(p.read_bytes() for p in (tmp_path / "maternity").rglob("*") if p.is_file())
    assert len(left) > 10_000
    needles = [",".join(str(v) for v in canary[:3]).encode()]
    for kind in (np.float32, np.float64):
        needles += [np.array(canary, dtype=kind).tobytes(), np.array(canary[:4], dtype=kind).tobytes()]
    needles += [str(canary[9]).encode(), b"planted-0"]
    for needle in needles:
        assert needle not in left
        assert needle not in homes


def test_drafting_again_gives_the_same_bytes_and_spends_nothing(market: Market) -> None:
    _, _, hospital, _, ware = market
    model = hospital.models()[0]
    spent = hospital.budget("hospital_c_geriatric").epsilon_spent
    again = hospital.draft(model, semantic("Readmission, geriatric"))
    assert again.digest == ware.id
    assert again.epsilon_charged == 0
    assert again.published
    other = hospital.draft(model, semantic("Another name"))
    assert other.digest != ware.id
    assert hospital.budget("hospital_c_geriatric").epsilon_spent == spent == pytest.approx(1.0, abs=1e-6)
    files = {file.name: file.sha256 for file in again.files}
    assert {f.name: f.sha256 for f in other.files}["specification.safetensors"] == files["specification.safetensors"]


def test_the_cap_refuses_and_charges_nothing(market: Market) -> None:
    _, _, hospital, _, _ = market
    spent = hospital.budget("hospital_c_geriatric")
    with pytest.raises(PrivacyBudgetError) as caught:
        hospital.draft(hospital.models()[0], semantic(), privacy=lwnode.Budget(epsilon=4.0))
    assert "cap" in str(caught.value)
    assert hospital.budget("hospital_c_geriatric") == spent


def test_the_draft_is_what_is_published_byte_for_byte(market: Market) -> None:
    _, hub, hospital, _, ware = market
    draft = next(draft for draft in hospital.drafts() if draft.digest == ware.id)
    for file in draft.files:
        content = hospital.draft_file(draft.digest, file.name)
        assert len(content) == file.size
        if file.name != "manifest.json":
            assert hub.files[file.sha256] == content


def test_what_the_audit_refuses_is_not_published(tmp_path: Path) -> None:
    with make_node(tmp_path, "small") as node:
        rng = np.random.default_rng(0)
        table = lwnode.Table.from_arrays(rng.normal(size=(60, 3)), rng.integers(0, 2, 60), name="few")
        model = node.train(table, preset="quick")
        draft = node.draft(model, lwnode.Semantic(name="", description="x"), privacy="no-noise")
        codes = {finding.code for finding in draft.refused}
        assert "semantic-empty" in codes
        assert draft.epsilon is None
        with pytest.raises(CheckFailedError) as caught:
            node.publish(draft)
        assert caught.value.findings
        assert node.catalogue() == ()


def test_no_profile_no_private_sketch(tmp_path: Path) -> None:
    with make_node(tmp_path, "bare") as node:
        rng = np.random.default_rng(0)
        table = lwnode.Table.from_arrays(rng.normal(size=(200, 3)), rng.integers(0, 2, 200), name="some")
        model = node.train(table, preset="quick")
        with pytest.raises(lwnode.LwnodeError) as caught:
            node.draft(model, semantic())
        assert "profile" in caught.value.hint


def test_nothing_fits_is_said_and_can_be_insisted_against(market: Market) -> None:
    _, _, _, clinic, ware = market
    rng = np.random.default_rng(3)
    names = [c.name for c in clinic.profiles()[0].columns if c.role == "feature"]
    strange = lwnode.Table.from_arrays(rng.normal(40, 5, size=(300, len(names))), columns=names, name="strange")
    found = clinic.search(lwnode.Requirement(data=strange))
    assert found.verdict == "nothing fits"
    assert found.uncovered.share == 1.0
    with pytest.raises(NothingFitsError):
        clinic.reuse(found)
    assert clinic.reuse([ware.id], data=strange).predictions is not None


def test_words_and_tags_find_it_in_two_languages(market: Market) -> None:
    _, _, _, clinic, ware = market
    for text in ("readmission", "geriatric", "再入院", "院"):
        assert [w.id for w in clinic.catalogue(text=text)] == [ware.id], text
    assert clinic.catalogue(text="cardiology") == ()
    assert [w.id for w in clinic.catalogue(semantic={"scenario": "Health"})] == [ware.id]
    assert clinic.catalogue(semantic={"scenario": "Fashion"}) == ()
    with pytest.raises(SettingsError):
        clinic.catalogue(semantic={"scenario": "Heath"})


def test_labels_compare_reuse_with_own_training(market: Market) -> None:
    _, _, _, clinic, _ = market
    truth = read_table(SAMPLE / "new_clinic_answers.csv", target=TARGET)
    few = truth.select(np.arange(truth.rows) < 100)
    found = clinic.search(lwnode.Requirement(data=CLINIC))
    use = clinic.reuse(found, labelled=few)
    assert use.report is not None
    assert {line.what for line in use.report.comparison} == {"reuse", "own training"}
    assert use.report.best in ("reuse", "own training")


def test_export_verify_import(market: Market, tmp_path: Path) -> None:
    _, _, hospital, _, ware = market
    archive = hospital.export(ware.id)
    with make_node(tmp_path, "stranger") as stranger:
        seen = stranger.verify(archive.data)
        assert (seen.id, seen.known) == (ware.id, False)
        with pytest.raises(lwnode.errors.TrustError):
            stranger.import_(archive.data)
        assert stranger.catalogue() == ()
        assert stranger.import_(archive.data, trust=True).state == "ready"
        spoiled = bytearray(archive.data)
        spoiled[len(spoiled) // 2] ^= 1
        with pytest.raises(lwnode.LwnodeError):
            stranger.verify(bytes(spoiled))


def test_a_stranger_without_the_catalogue_is_told(tmp_path: Path) -> None:
    with make_node(tmp_path, "lonely") as node:
        found = node.search(lwnode.Requirement(data=CLINIC))
        assert found.verdict == "nothing fits"
        with pytest.raises(PartnerError):
            node.sync()
        with pytest.raises(NotFoundError):
            node.show("abc123")


def test_used_and_broken_invites(tmp_path: Path) -> None:
    hub = MemoryHub()
    invite = hub.invite()
    with make_node(tmp_path, "first", hub) as first:
        first_used = hub.invite()
        with make_node(tmp_path, "second", hub) as second:
            assert second.links()[0].connected
        del first_used
        with pytest.raises(InviteError):
            first.join("lwnode:broken")
        with pytest.raises(InviteError):
            first.join(invite.to_text()[:-20])


def test_withdrawal_reaches_partners_and_is_final(tmp_path: Path, trained_homes: TrainedHomes) -> None:
    hub = MemoryHub()
    with trained_homes.copy(MATERNITY, tmp_path, "b", hub) as hospital, make_node(tmp_path, "c", hub) as clinic:
        ware = publish_trained(hospital, "To be withdrawn")
        hub.settle()
        assert [w.id for w in clinic.catalogue()] == [ware.id]
        with pytest.raises(SettingsError):
            clinic.withdraw(ware.id, reason="not mine")
        hospital.withdraw(ware.id, reason="a column was wrong")
        hub.settle()
        assert clinic.catalogue() == ()
        gone = clinic.show(ware.id)
        assert (gone.state, gone.reason) == ("withdrawn", "a column was wrong")
        late = make_node(tmp_path, "late", hub)
        hub.settle()
        assert late.catalogue() == ()
        late.close()


def test_blocking_hides_and_pinning_shows(tmp_path: Path, trained_homes: TrainedHomes) -> None:
    hub = MemoryHub()
    with trained_homes.copy(MATERNITY, tmp_path, "b", hub) as hospital, make_node(tmp_path, "c", hub) as clinic:
        ware = publish_trained(hospital, "Blocked for a while")
        hub.settle()
        assert clinic.show(ware.id).trust == "introduced"
        clinic.set_partner(ware.publisher, "blocked")
        assert clinic.catalogue() == ()
        clinic.set_partner(ware.publisher, "pinned")
        assert [w.trust for w in clinic.catalogue()] == ["pinned"]


def test_a_private_learnware_goes_nowhere(tmp_path: Path, trained_homes: TrainedHomes) -> None:
    hub = MemoryHub()
    with trained_homes.copy(MATERNITY, tmp_path, "b", hub) as hospital:
        (model,) = hospital.models()
        hospital.publish(hospital.draft(model, semantic(), audience="private"))
        hub.settle()
        assert {row.kind for row in hub.rows} == {"keys"}
        assert hub.files == {}


def test_published_before_joining_is_sent_after(tmp_path: Path, trained_homes: TrainedHomes) -> None:
    hub = MemoryHub()
    hospital = trained_homes.copy(MATERNITY, tmp_path, "b")
    ware = publish_trained(hospital, "Early")
    hospital.close()
    hospital = reopen(tmp_path, "b", hub)
    hospital.join(hub.invite())
    with make_node(tmp_path, "c", hub) as clinic:
        hub.settle()
        assert [w.id for w in clinic.catalogue()] == [ware.id]
    hospital.close()


def test_a_second_process_on_the_home_is_told_who_has_it(tmp_path: Path) -> None:
    with make_node(tmp_path, "one"):
        with pytest.raises(lwnode.errors.LwnodeError) as caught:
            Node.open(tmp_path / "one")
        assert caught.value.code == "LW-LOCKED"
    Node.open(tmp_path / "one").close()


def test_wrong_passphrase(tmp_path: Path) -> None:
    Node.create(tmp_path / "n", organisation="n", passphrase="right").close()
    with pytest.raises(lwnode.errors.LwnodeError) as caught:
        Node.open(tmp_path / "n", passphrase="wrong")
    assert caught.value.code.startswith("LW-TRUST")
    Node.open(tmp_path / "n", passphrase="right").close()


def test_cancelled_training_leaves_nothing(tmp_path: Path) -> None:
    from lwnode.errors import CancelledError

    def stop(share: float | None, doing: str) -> None:
        raise CancelledError("enough")

    with make_node(tmp_path, "b") as node:
        with pytest.raises(CancelledError):
            node.train(SAMPLE / "hospital_a_general.csv", target=TARGET, preset="quick", progress=stop)
        assert node.models() == ()
        assert [job.info.state for job in node.jobs()] == ["cancelled"]
        assert list((tmp_path / "b" / "scratch").iterdir()) == []


def test_a_part_of_a_table_is_not_taken_for_its_file(tmp_path: Path) -> None:
    whole = read_table(SAMPLE / "new_clinic_answers.csv", target=TARGET)
    part = whole.select(np.arange(whole.rows) < 100)
    with make_node(tmp_path, "c") as node:
        kept = node.add(part, name="a hundred")
        assert (kept.rows, kept.path) == (100, "")
        assert node.add(whole, name="all").path == str(SAMPLE / "new_clinic_answers.csv")
        node.train("a hundred", preset="quick")
        assert node.dataset("a hundred").rows == 100


def test_an_estimator_of_ones_own_is_adopted_and_published(tmp_path: Path) -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    table = read_table(SAMPLE / "hospital_c_geriatric.csv", target=TARGET, profile=None)
    names = tuple(c.name for c in lwnode.read_profile(SAMPLE / "profile.json").features)
    X = np.column_stack([table.columns[name] for name in names]).astype(np.float32)
    y = table.labels().astype(int)
    estimator = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=2000)).fit(X, y)
    with make_node(tmp_path, "own") as node:
        node.add_profile(lwnode.read_profile(SAMPLE / "profile.json"))
        data = node.add(SAMPLE / "hospital_c_geriatric.csv", target=TARGET)
        model = node.adopt(estimator, data, inputs=names)
        assert model.info.card.classes == ("0", "1")
        assert model.info.card.probe_agreement == 1.0
        np.testing.assert_allclose(model.predict_proba(table)[:, 1], estimator.predict_proba(X)[:, 1], atol=1e-5)
        ware = node.publish(node.draft(model, semantic("Adopted")))
        assert node.search(lwnode.Requirement(data=CLINIC)).single[0].learnware == ware.id
        keeps_rows = make_pipeline(SimpleImputer(), KNeighborsClassifier()).fit(X, y)
        with pytest.raises(CheckFailedError):
            node.adopt(keeps_rows, data, inputs=names)


def test_a_matrix_without_names_stands_in_the_order_of_the_models_inputs(market: Market) -> None:
    _, _, hospital, _, _ = market
    model = hospital.models()[0]
    table = read_table(SAMPLE / "hospital_c_geriatric.csv", target=TARGET).select(np.arange(3000) < 20)
    matrix = np.column_stack([table.columns[item.name] for item in model.info.card.inputs])
    np.testing.assert_array_equal(model.predict_proba(matrix), model.predict_proba(table))
    with pytest.raises(lwnode.LwnodeError):
        model.predict_proba(matrix[:, :-1])
