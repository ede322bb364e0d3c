# SPDX-License-Identifier: Apache-2.0
"""The privacy ledger: one draw, one charge, for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lwnode.errors import NotFoundError, PrivacyBudgetError, StoreError
from lwnode.store import Charged, Entry, Store
from lwnode.store.chain import START, link
from tests.support.store import dataset, open_store, undone


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        opened.datasets.put(dataset("a"))
        opened.datasets.put(dataset("b"))
        yield opened


def charge(
    store: Store,
    key: str,
    *,
    dataset: str = "a",
    mu: float = 0.25,
    epsilon: float = 1.0,
    delta: float = 1e-5,
    data: bytes = b"sketch",
    check: Callable[[tuple[Charged, ...]], None] = lambda charges: None,
    release: str = "",
) -> Entry:
    return store.ledger.charge(
        dataset,
        key,
        mu=mu,
        epsilon=epsilon,
        delta=delta,
        what="specification",
        blob=store.blobs.put(data),
        cap_check=check,
        release=release,
    )


def test_a_charge_is_a_draw(store: Store) -> None:
    assert store.ledger.draw("key") is None
    entry = charge(store, "key", mu=1 / 3, delta=0.0)
    assert store.ledger.draw("key") == entry.blob
    assert store.blobs.get(entry.blob) == b"sketch"
    assert store.ledger.entries() == store.ledger.entries("a") == (entry,)
    assert store.ledger.entries("b") == ()
    assert [paid.mu for paid in store.ledger.charged("a")] == [1 / 3]
    assert (entry.seq, entry.previous) == (1, START)


def test_the_same_key_is_drawn_once(store: Store) -> None:
    first = charge(store, "key", data=b"first draw")
    again = charge(store, "key", data=b"second draw", mu=9.0)
    assert again == first
    assert store.blobs.get(again.blob) == b"first draw"
    assert len(store.ledger.entries()) == 1


def test_many_who_draw_at_once_get_one_draw(store: Store) -> None:
    """Who asks again and again at the same time must not be able to average the noise away."""
    start, found = threading.Barrier(6), []

    def draw(number: int) -> None:
        start.wait()
        found.append(charge(store, "key", data=f"draw {number}".encode()).blob)

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert set(found) == {store.ledger.draw("key")}
    assert [paid.mu for paid in store.ledger.charged("a")] == [0.25]


def test_the_cap_sees_all_charges_and_may_refuse(store: Store) -> None:
    seen: list[tuple[Charged, ...]] = []
    charge(store, "one", mu=0.1, check=seen.append)
    charge(store, "other", dataset="b", mu=9.0, check=seen.append)
    charge(store, "two", mu=0.2, check=seen.append)
    assert [tuple(paid.mu for paid in charges) for charges in seen] == [(0.1,), (9.0,), (0.1, 0.2)]

    def refuse(mus: tuple[float, ...]) -> None:
        raise PrivacyBudgetError("the cap is reached")

    with pytest.raises(PrivacyBudgetError):
        charge(store, "three", check=refuse)
    assert store.ledger.draw("three") is None
    assert [paid.mu for paid in store.ledger.charged("a")] == [0.1, 0.2]
    charge(store, "two", check=refuse)  # drawn already: nothing is charged, so nothing is refused


def test_a_charge_goes_with_the_transaction_around_it(store: Store, tmp_path: Path) -> None:
    head = tmp_path / "ledger.head"
    before = head.read_bytes()
    with undone(store):
        charge(store, "key")
        assert store.ledger.draw("key")
    assert store.ledger.draw("key") is None
    assert head.read_bytes() == before
    charge(store, "key")
    assert head.read_bytes() != before


@pytest.mark.parametrize(
    "bad",
    [{"mu": 0.0}, {"mu": -1.0}, {"mu": float("nan")}, {"mu": float("inf")}, {"epsilon": 0.0}, {"epsilon": float("nan")},
     {"delta": -1e-9}, {"delta": 1.0}, {"delta": float("nan")}],
)  # fmt: skip
def test_figures_that_cannot_be(bad: dict[str, float], store: Store) -> None:
    with pytest.raises(ValueError, match="positive mu"):
        charge(store, "key", **bad)  # type: ignore[arg-type]  # one of the figures
    assert store.ledger.entries() == ()


def test_a_charge_needs_its_data_set_and_its_file(store: Store) -> None:
    with pytest.raises(NotFoundError, match="registered data set"):
        charge(store, "key", dataset="c")
    with pytest.raises(NotFoundError, match="the file of its draw"):
        store.ledger.charge(
            "a", "key", mu=1.0, epsilon=1.0, delta=0.0, what="", blob="0" * 64, cap_check=lambda charges: None
        )
    assert store.ledger.entries() == ()


def test_new_content_under_a_name_stays_on_its_ledger(store: Store) -> None:
    charge(store, "key")
    store.datasets.put(dataset("a", content="00" * 32))
    assert [paid.mu for paid in store.ledger.charged("a")] == [0.25]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET mu = 0.001",
        "UPDATE ledger SET key = 'another' WHERE seq = 1",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE seq = 1",
        "INSERT OR REPLACE INTO ledger"
        " SELECT 1, dataset, key, 0.001, epsilon, delta, what, blob, time, previous, hash, release, 1 FROM ledger",
        "DELETE FROM dataset",
    ],
)
def test_append_only(statement: str, store: Store) -> None:
    charge(store, "key")
    before = store.ledger.entries()
    with pytest.raises(StoreError, match=r"never (changed|shortened)|FOREIGN KEY"), store.transaction():
        store._database.write(statement)
    assert store.ledger.entries() == before


@pytest.mark.parametrize(
    ("tamper", "first"),
    [
        ("UPDATE ledger SET mu = 0.001 WHERE seq = 2", 2),
        ("UPDATE ledger SET dataset = 'b' WHERE seq = 1", 1),
        ("UPDATE ledger SET blob = replace(blob, substr(blob, 1, 1), 'f') || '' WHERE seq = 3", 3),
        ("UPDATE ledger SET time = '2020' WHERE seq = 3", 3),
        ("UPDATE ledger SET what = 'nothing' WHERE seq = 2", 2),
        ("UPDATE ledger SET previous = hash WHERE seq = 2", 2),
        ("DELETE FROM ledger WHERE seq = 1", 1),
        ("DELETE FROM ledger WHERE seq = 2", 2),
        ("DELETE FROM ledger WHERE seq = 3", 3),
        ("DELETE FROM ledger", 1),
    ],
)
def test_tampering_is_found(tamper: str, first: int, store: Store) -> None:
    for key in ("one", "two", "three"):
        charge(store, key, data=b"0" + key.encode())
    assert store.ledger.verify() is None
    with store.transaction():
        for trigger in ("ledger_fixed", "ledger_kept"):
            store._database.write(f"DROP TRIGGER {trigger}")
        store._database.write(tamper)
    assert store.ledger.verify() == first


def test_the_chain_can_be_recomputed_from_an_export(store: Store) -> None:
    charge(store, "one")
    charge(store, "two", mu=0.1)
    first, second = store.ledger.entries()
    fields = [2, "a", "two", 0.1, 1.0, 1e-5, "specification", second.blob]
    time = second.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert second.hash == link("lwnode.ledger/1", first.hash, [*fields, time, "", 1])
    assert second.hash != link("lwnode.outbox/1", first.hash, [*fields, time, "", 1])


def test_a_chain_takes_no_number_that_is_none() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        link("p", START, [float("nan")])


def test_a_release_is_part_of_the_chain(store: Store) -> None:
    text = "sampled-gaussian/1 noise=2 rate=0.1 steps=10"
    charge(store, "plain")
    entry = charge(store, "sampled", release=text, mu=0.5)
    assert (entry.release, store.ledger.charged("a")[1]) == (text, Charged(0.5, text, 1))
    assert store.ledger.verify() is None
    with store._database.transaction():
        store._database.write("DROP TRIGGER ledger_fixed")
        store._database.write("UPDATE ledger SET release = '' WHERE key = 'sampled'")
    assert store.ledger.verify() == 2
