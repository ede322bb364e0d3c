# SPDX-License-Identifier: Apache-2.0
"""Text search: Chinese and Latin words of any length, in the order a person expects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lwnode.documents import Port
from lwnode.errors import SettingsError
from lwnode.paths import Home
from lwnode.store import Spelt, Store
from lwnode.store.catalogue_search import CatalogueSearch
from lwnode.store.database import Database
from tests.support.store import open_store, ready, undone

ROWS = {
    "zh": ready("骨科再入院风险预测", tags=("骨科", "再入院"), description="三十天内再入院。心脏病人除外。"),
    "heart": ready("心脏衰竭 mortality", tags=("cardiology",), description="ICU patients, first day."),
    "icu": ready("Length of stay in the ICU", tags=("icu",), description="Kidney function by CK and urea."),
    "readm": ready("Readmission after surgery", tags=("readmission",), description="Within 30 days of discharge."),
    "sante": ready("Santé générale", tags=("Über",), description="Fièvre; ＣＫ１２３; Øystein; Ελλάδα καλημέρα; Ёлка."),
    "ja": ready("がん診断", tags=("한국어 병원",), description="ﾊﾝｶｸ カタカナ"),
    "covid": ready("COVID-19 ventilator need", tags=("C++",), description="C.diff, vitamin-D3 and comorbidity index"),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("search")) as opened:
        for row in ROWS.values():
            opened.catalogue.put(row)
        yield opened


def found(store: Store, query: str, facets: dict[str, str | tuple[str, ...]] | None = None) -> list[str]:
    names = {row.id: key for key, row in ROWS.items()}
    return [names[id_] for id_, _ in store.catalogue.search_text(query, facets)]


@pytest.mark.parametrize(
    ("query", "expect"),
    [
        # one, two and three Chinese characters
        ("心", ["heart", "zh"]),
        ("骨科", ["zh"]),
        ("再入院", ["zh"]),
        ("科骨", []),
        ("骨 科", ["zh"]),
        ("心脏衰竭", ["heart"]),
        ("风险 心脏", ["zh"]),
        ("心脏mortality", ["heart"]),
        ("除外。心脏", ["zh"]),
        # other scripts: accents that make another letter are kept
        ("がん", ["ja"]),
        ("かん", []),
        ("병원", ["ja"]),
        ("ハンカク", ["ja"]),
        ("カタ", ["ja"]),
        # short Latin words, any case and width
        ("icu", ["icu", "heart"]),
        ("ICU", ["icu", "heart"]),
        ("ck", ["icu", "sante"]),
        ("CK", ["icu", "sante"]),
        ("ck123", ["sante"]),
        ("d3", ["covid"]),
        ("30", ["readm"]),
        # beginnings and insides of words
        ("readm", ["readm"]),
        ("morbid", ["covid"]),
        ("dmission", ["readm"]),
        ("or", []),
        # several words, all needed
        ("icu kidney", ["icu"]),
        ("icu first", ["heart"]),
        ("icu nothing", []),
        ("stay length", ["icu"]),
        ("mission surg", ["readm"]),
        # accents folded
        ("sante generale", ["sante"]),
        ("SANTÉ", ["sante"]),
        ("uber", ["sante"]),
        ("oystein", ["sante"]),
        ("καλημερα", ["sante"]),
        ("елка", ["sante"]),
        # punctuation
        ("covid-19", ["covid"]),
        ("COVID", ["covid"]),
        ("", ["covid", "ja", "sante", "readm", "icu", "heart", "zh"]),
        (" \n ", ["covid", "ja", "sante", "readm", "icu", "heart", "zh"]),
        ("---", []),
        ("!?", []),
    ],
)
def test_what_is_found(query: str, expect: list[str], store: Store) -> None:
    assert found(store, query) == expect


@pytest.mark.parametrize(
    ("query", "expect"),
    [
        # one letter swapped, left out, doubled, replaced, added; two from eight letters on
        ("raedmission", ["readm"]),
        ("readmision", ["readm"]),
        ("readmisssion", ["readm"]),
        ("reodmission", ["readm"]),
        ("readmissions", ["readm"]),
        ("raedmision", ["readm"]),
        ("READMISION", ["readm"]),
        ("raedmison", []),
        ("kindey", ["icu"]),
        ("kyndei", []),
        ("stey", ["icu"]),
        # every other word is needed as before
        ("readmision surgery", ["readm"]),
        ("readmision surgry", ["readm"]),
        ("readmision kidney", []),
        ("readmision 30", ["readm"]),
        ("mortalty 心脏", ["heart"]),
        ("kindey uncti", ["icu"]),
        # other alphabets, and accents as before
        ("καλιμερα", ["sante"]),
        ("génerole", ["sante"]),
        # too short, digits, characters: as they are
        ("iuc", []),
        ("dya", []),
        ("ck124", []),
        ("2012", []),
        ("骨课", []),
        ("ハンカケ", []),
        ("xqzvkw", []),
        ("a" * 65, []),
    ],
)
def test_a_misspelt_word_is_understood(query: str, expect: list[str], store: Store) -> None:
    assert found(store, query) == expect


def test_it_is_told_which_word_was_taken_for_which(store: Store) -> None:
    readmission = Spelt(asked="readmision", taken=("readmission",))
    assert store.catalogue.spelling("Readmision within 30") == (readmission,)
    assert store.catalogue.spelling("readmision SURGRY") == (readmission, Spelt(asked="surgry", taken=("surgery",)))
    for query in ("readmission", "readm", "dmission", "骨课", "xqzvkw", "", "ck124"):
        assert store.catalogue.spelling(query) == (), query


def test_what_is_written_as_asked_is_all_that_is_found(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        typo = ready("one", description="readmision")
        for row in (ready("Readmission"), ready("two", tags=("readmission",)), typo):
            store.catalogue.put(row)
        for query in ("readmision", "readmis", "admisi"):
            assert typo.id in {id_ for id_, _ in store.catalogue.search_text(query)}
            assert all(rank < 3 for _, rank in store.catalogue.search_text(query))
            assert store.catalogue.spelling(query) == ()
        assert [id_ for id_, _ in store.catalogue.search_text("readmision")] == [typo.id]
        assert store.catalogue.search_text("readmission", {"tags": "nothing"}) == ()
        assert store.catalogue.spelling("readmission") == ()


def test_similar_words_stand_in_the_same_order_after_all_others(tmp_path: Path) -> None:
    rows = [
        ready("c", description="pneumonia"),
        ready("b", tags=("pneumonia",)),
        ready("Pneumonia"),
        ready("d", description="urosepsis"),
    ]
    with open_store(tmp_path) as store:
        for row in rows:
            store.catalogue.put(row)
        result = store.catalogue.search_text("pnuemonia")
        assert [id_ for id_, _ in result] == [rows[2].id, rows[1].id, rows[0].id]
        assert 3 <= result[0][1] < 3 + 1 / 3 <= result[1][1] < 3 + 2 / 3 <= result[2][1] < 4
        for limit in range(4):
            assert store.catalogue.search_text("pnuemonia", limit=limit) == result[:limit]
        assert [id_ for id_, _ in store.catalogue.search_text("pnuemonia", {"tags": "pneumonia"})] == [rows[1].id]
        assert store.catalogue.search_text("monia") != ()  # a part is found as it is written
        assert store.catalogue.search_text("neumonio")[0][1] > 3


def test_the_five_nearest_words_are_taken(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        for word in ("wards", "cards", "words", "warns", "hards", "yards", "wardens"):
            store.catalogue.put(ready(word))
        (spelt,) = store.catalogue.spelling("wayds")
        assert spelt.taken == ("wards",)
        (spelt,) = store.catalogue.spelling("zards")
        assert spelt.taken == ("cards", "hards", "wards", "yards")
        store.catalogue.put(ready("bards"))
        store.catalogue.put(ready("nards"))
        (spelt,) = store.catalogue.spelling("zards")
        assert spelt.taken == ("bards", "cards", "hards", "nards", "wards")
        store.catalogue.put(ready("hospitals"))
        store.catalogue.put(ready("hospital"))
        (spelt,) = store.catalogue.spelling("hopsital")
        assert spelt.taken == ("hospital", "hospitals")  # the nearer one first


def test_words_outlive_the_process_and_not_the_learnware(tmp_path: Path) -> None:
    first, second = ready("gastroscopy"), ready("gastroscope")
    with open_store(tmp_path) as store:
        for row in (first, second):
            store.catalogue.put(row)
    with open_store(tmp_path) as store:
        assert {id_ for id_, _ in store.catalogue.search_text("gastrscopy")} == {first.id, second.id}
        store.catalogue.withdraw(first.id, first.publisher, "w")
        assert [id_ for id_, _ in store.catalogue.search_text("gastrscopy")] == [second.id]
        assert store.catalogue.spelling("gastrscopy") == (Spelt(asked="gastrscopy", taken=("gastroscope",)),)
        assert [id_ for id_, _ in store.catalogue.search_text("gastroscopy")] == [second.id]
        store.catalogue.withdraw(second.id, second.publisher, "w")
        assert store.catalogue.search_text("gastrscopy") == store.catalogue.spelling("gastrscopy") == ()


def test_a_word_that_was_undone_is_not_remembered(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        with undone(store):
            store.catalogue.put(ready("gastroscopy"))
            assert len(store.catalogue.search_text("gastrscopy")) == 1
        assert store.catalogue.search_text("gastrscopy") == ()
        store.catalogue.put(ready("nephrology"))  # its word has the number that the other had
        assert len(store.catalogue.search_text("nehprology")) == 1
        assert store.catalogue.search_text("gastrscopy") == ()


def test_more_words_than_memory_holds_rule_nothing_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lwnode.store.indexed_words.MOST", 20)
    with open_store(tmp_path) as store:
        first = ready("Readmission", description=" ".join(f"filler{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))
        store.catalogue.put(first)
        late = ready("Zygomatic")
        store.catalogue.put(late)
        for query, row in (("Zygomatic", late), ("zygo", late), ("gomat", late), ("readmision", first)):
            assert [id_ for id_, _ in store.catalogue.search_text(query)] == [row.id], query
        assert store.catalogue.search_text("zigomatic") == ()  # beyond what is held: not taken for a similar word


def test_words_of_another_connection_are_seen(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        other = Database(Home(tmp_path).database)
        search = CatalogueSearch(other)
        for word, wrong in (("gastroscopy", "gastrscopy"), ("nephrology", "nehprology")):
            assert search.search(wrong, {}, 9) == ()
            with store.transaction():
                store.catalogue.put(ready(word))
                assert search.search(wrong, {}, 9) == ()
            assert len(search.search(wrong, {}, 9)) == 1
        other.close()


def test_the_inside_of_every_kind_of_word_is_found(tmp_path: Path) -> None:
    row = ready("n", description="ck123x " + "ab" * 40 + " καρδιολογία")
    with open_store(tmp_path) as store:
        store.catalogue.put(row)
        for query in ("k123", "23x", "ba" * 30, "ab" * 39, "διολογ", "ογία"):
            assert [id_ for id_, _ in store.catalogue.search_text(query)] == [row.id], query
        for query in ("k124", "ba" * 41, "xab"):
            assert store.catalogue.search_text(query) == (), query
        store.catalogue.withdraw(row.id, row.publisher, "w")
        assert store.catalogue.search_text("k123") == ()


def test_of_very_many_the_newest_stand_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lwnode.store.catalogue_search._RANKED", 6)
    rows = {
        "name": ready("sepsis and much else", license="MIT"),
        "body": ready("b", description="sepsis sepsis", license="MIT"),
        "newer body": ready("c", description="x sepsis y"),
        "inside": ready("urosepsis"),
        "beginning": ready("Sepsiscore"),
        "newer name": ready("A long name that also says sepsis", license="MIT"),
        "tag": ready("d", tags=("sepsis",)),
    }
    with open_store(tmp_path) as store:
        names = {row.id: key for key, row in rows.items()}
        for row in rows.values():
            store.catalogue.put(row)

        def ids(query: str, **facets: str) -> list[str]:
            return [names[id_] for id_, _ in store.catalogue.search_text(query, facets)]

        ranked = ["name", "newer name", "beginning", "inside", "tag", "body", "newer body"]
        assert ids("sepsis") == ranked  # six hold the word or its beginning: as ever
        more = ready("e", description="sepsis")
        names[more.id] = "newest body"
        store.catalogue.put(more)
        newest = ["newer name", "name", "beginning", "inside", "tag", "newest body", "newer body", "body"]
        assert ids("sepsis") == newest
        assert ids("sepsis", license="MIT") == ["name", "newer name", "body"]  # of these there are few
        result = store.catalogue.search_text("sepsis")
        assert [rank for _, rank in result] == sorted(rank for _, rank in result)
        assert [int(rank) for _, rank in result] == [0, 0, 0, 0, 1, 2, 2, 2]
        for limit in range(9):
            assert store.catalogue.search_text("sepsis", limit=limit) == result[:limit]


def test_more_are_found_than_a_statement_has_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lwnode.store.catalogue_search.AT_ONCE", 2)
    rows = [ready(f"Sepsis {number}") for number in range(5)]
    with open_store(tmp_path) as store:
        for row in rows:
            store.catalogue.put(row)
        assert {id_ for id_, _ in store.catalogue.search_text("sepsis")} == {row.id for row in rows}
        assert [id_ for id_, _ in store.catalogue.search_text()] == [row.id for row in reversed(rows)]


@pytest.mark.parametrize(
    "query",
    [
        *(
            '"',
            "'",
            '""',
            'icu"',
            "icu*",
            "*",
            "^icu",
            "-icu",
            "icu - kidney",
            "(",
            ")",
            "(icu",
            "icu + kidney",
            "icu;",
        ),
        *("NEAR", "NEAR(icu kidney)", "icu NEAR/2 kidney", "icu AND", "AND", "OR", "NOT", "icu NOT kidney"),
        *("name:icu", "{name}:icu", "%", "_", "\\", "\x00", "icu\x00kidney", "'; DROP TABLE catalogue; --"),
        *("\ud800", "\u202e", "a" * 5_000, "ß", "ﬁ"),
    ],
)
def test_nothing_in_a_query_is_syntax(query: str, store: Store) -> None:
    store.catalogue.search_text(query)
    assert len(store.catalogue.list()) == len(ROWS)


@pytest.mark.parametrize("query", ['"icu"', "icu*", "^icu", "(icu)", "-icu", "name:icu"])
def test_signs_of_other_search_engines_change_nothing(query: str, store: Store) -> None:
    if query == "name:icu":  # two words, both needed
        assert found(store, query) == []
    else:
        assert found(store, query) == found(store, "icu")


def test_words_of_a_query_language_are_words(store: Store) -> None:
    assert set(found(store, "AND")) == {"covid", "icu"}  # both have "and" in their description
    assert found(store, "icu OR readmission") == []
    assert found(store, "surgery NOT kidney") == []
    assert found(store, "near") == []


def test_name_before_tags_before_description(tmp_path: Path) -> None:
    rows = {
        "body": ready("a", description="sepsis " * 50),
        "tag": ready("b", tags=("sepsis",), description="x"),
        "name": ready("A very long name about everything and also sepsis", description="x " * 200),
        "inside the name": ready("urosepsis", description="x"),
        "inside the body": ready("c", description="urosepsis"),
        "two": ready("sepsis d", description="x"),
    }
    with open_store(tmp_path) as store:
        for row in rows.values():
            store.catalogue.put(row)
        names = {row.id: key for key, row in rows.items()}
        result = store.catalogue.search_text("sepsis")
        assert [names[id_] for id_, _ in result] == ["two", "name", "inside the name", "tag", "body", "inside the body"]
        ranks = [rank for _, rank in result]
        assert ranks == sorted(ranks)
        assert [int(rank) for rank in ranks] == [0, 0, 0, 1, 2, 2]
        for limit in range(7):
            assert store.catalogue.search_text("sepsis", limit=limit) == result[:limit]


def test_a_phrase_does_not_reach_from_one_tag_into_the_next(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.catalogue.put(ready("n", tags=("骨", "科"), description="心"))
        assert store.catalogue.search_text("骨科") == ()
        assert store.catalogue.search_text("科心") == ()
        assert len(store.catalogue.search_text("骨")) == 1


def test_what_else_is_searched(tmp_path: Path) -> None:
    row = ready(
        "n",
        scenario=("Health",),
        license="MIT",
        inputs=(Port(name="creatinine", description="serum"),),
        outputs=(Port(name="dead"),),
        intended_use="triage",
        limits="children",
        period="2021-01 to 2024-06",
    )
    with open_store(tmp_path) as store:
        store.catalogue.put(replace(row, organisation="合肥医院"))
        for query in ("health", "健康", "mit", "creatinine", "serum", "dead", "triage", "children", "2021", "合肥"):
            assert [id_ for id_, _ in store.catalogue.search_text(query)] == [row.id], query


def test_facets_are_exact(tmp_path: Path) -> None:
    one = ready("one", data="Table", task="Classification", scenario=("Health", "Nature"), tags=("heart failure",))
    two = ready("two", data="Table", task="Regression", scenario=("Health",), tags=("Heart",), library="Scikit-learn")
    with open_store(tmp_path) as store:
        for row in (one, two):
            store.catalogue.put(row)

        def ids(query: str = "", **facets: str | tuple[str, ...]) -> set[str]:
            return {id_ for id_, _ in store.catalogue.search_text(query, facets)}

        assert ids() == {one.id, two.id}
        assert ids(task="Classification") == ids(task="classification") == {one.id}
        assert ids(task=("Classification", "Regression")) == {one.id, two.id}
        assert ids(task="Class") == set()
        assert ids(data="table", scenario="health") == {one.id, two.id}
        assert ids(scenario="Nature", task="Regression") == set()
        assert ids(tags="heart") == {two.id}
        assert ids(tags="heart failure") == {one.id}
        assert ids(library="Scikit-learn", data="Table") == {two.id}
        assert ids(task=()) == set()
        assert ids("two", scenario="Health") == {two.id}
        assert ids("wo", scenario="Health") == set()
        assert ids("one", task="Regression") == set()
        assert ids("' OR 1=1 --", task="' OR 1=1 --") == set()
        with pytest.raises(SettingsError, match="no facet 'colour'") as caught:
            ids(colour="red")
        assert "scenario" in caught.value.hint
        with pytest.raises(SettingsError, match="facet values"):
            ids(tags=tuple(map(str, range(100))))


def test_a_query_that_nobody_types(store: Store) -> None:
    with pytest.raises(SettingsError, match="more than 32 words"):
        store.catalogue.search_text(" ".join(map(str, range(40))))
    with pytest.raises(SettingsError, match="more than 32 words"):
        store.catalogue.search_text("a" * 100_000)
    store.catalogue.search_text("word " * 5_000)  # the same one is one
    store.catalogue.search_text(" ".join(map(str, range(32))))


def test_the_index_follows_what_is_known(tmp_path: Path) -> None:
    row = ready("first name", tags=("old",))
    with open_store(tmp_path) as store:
        store.catalogue.put(replace(row, semantic=None, state="announced"))
        assert store.catalogue.search_text() == ()
        store.catalogue.put(row)
        assert row.semantic is not None
        store.catalogue.put(replace(row, semantic=replace(row.semantic, name="second name", tags=("new",))))
        assert store.catalogue.search_text("first") == store.catalogue.search_text("", {"tags": "old"}) == ()
        assert len(store.catalogue.search_text("second", {"tags": "new"})) == 1
        with undone(store):
            store.catalogue.set_state(row.id, "withdrawn", "w")
            assert store.catalogue.search_text("second") == ()
        assert len(store.catalogue.search_text("second")) == 1
        for index in ("catalogue_words", "catalogue_parts"):
            with store.transaction():
                store._database.write(f"INSERT INTO {index} ({index}) VALUES ('integrity-check')")
