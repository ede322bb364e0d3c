# SPDX-License-Identifier: Apache-2.0
"""Text search: Chinese and Latin words of any length, in the order a person expects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lwnode.documents import Port
from lwnode.errors import SettingsError
from lwnode.store import Store
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
