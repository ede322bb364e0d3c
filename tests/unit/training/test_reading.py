# SPDX-License-Identifier: Apache-2.0
"""Reading files: what is understood, what is counted, and what is refused with what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lwnode.documents import Column, Profile
from lwnode.errors import DataError
from lwnode.training import Table, as_table, read_table
from tests.support.training import columns, csv_file

HEAD = "age,dose,ward\n"
BODY = "".join(f"{i % 7},{i * 0.5},{'ab'[i % 2]}\n" for i in range(60))
SECRET = "Zebedee"  # stands for a value that must not be shown


def test_a_plain_file_is_understood(tmp_path: Path) -> None:
    table = read_table(csv_file(tmp_path, HEAD + BODY), target="ward")
    assert table.names == ("age", "dose", "ward")
    assert dict(table.types) == {"age": "integer", "dose": "number", "ward": "category"}
    assert dict(table.roles) == {"age": "feature", "dose": "feature", "ward": "target"}
    assert (table.rows, table.read, table.rejected, table.name) == (60, 60, (), "data")
    assert table.columns["age"][:3].tolist() == [0.0, 1.0, 2.0]
    assert table.labels()[:2].tolist() == ["a", "b"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_delimiters_line_ends_and_byte_order_marks_do_not_matter(
    tmp_path: Path, delimiter: str, newline: str, encoding: str
) -> None:
    plain = read_table(csv_file(tmp_path, HEAD + BODY))
    text = (HEAD + BODY).replace(",", delimiter).replace("\n", newline)
    assert read_table(csv_file(tmp_path, text.encode(encoding))).content == plain.content


def test_quoted_fields_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    text = 'n,say\n1,"a, b"\n2,"he said ""no"""\n3,"two\nlines"\n"4",NA\n'
    table = read_table(csv_file(tmp_path, text))
    assert table.columns["n"].tolist() == [1, 2, 3, 4]
    assert table.columns["say"].tolist() == ["a, b", 'he said "no"', "two lines", None]


def test_other_encodings_are_read_when_they_are_named(tmp_path: Path) -> None:
    text = "年龄,科室\n" + "61,心内科\n" * 30 + "70,外科\n" * 30
    with pytest.raises(DataError, match=r"not UTF-8: line 1") as caught:
        read_table(csv_file(tmp_path, text.encode("gb18030")))
    assert "gb18030" in caught.value.hint
    table = read_table(csv_file(tmp_path, text.encode("gb18030")), encoding="gb18030")
    assert table.content == read_table(csv_file(tmp_path, text)).content
    assert read_table(csv_file(tmp_path, text.encode("utf-16")), encoding="utf-16").content == table.content


def test_decimal_commas_are_noticed_and_read_when_named(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a;b\n" + "".join(f"{i},5;{i}\n" for i in range(30)))
    assert [(f.code, f.where) for f in read_table(path).findings] == [("decimal-comma", "a")]
    table = read_table(path, decimal=",")
    assert table.types["a"] == "number"
    assert table.columns["a"][1] == 1.5
    assert not table.findings


def test_ragged_and_blank_rows_are_counted_with_the_line_of_the_first(tmp_path: Path) -> None:
    odd = '\n1,2\n"x\ny",1,a\n1,2\n3,4,5,6\n,,\n'  # the first line is empty and counts for nothing
    table = read_table(csv_file(tmp_path, HEAD + BODY + odd + BODY))
    assert {(r.reason, r.count, r.example) for r in table.rejected} == {
        ("too few fields", 2, 63),
        ("too many fields", 1, 67),
        ("no value in any column", 1, 68),
    }
    assert table.rows == 121
    assert table.read == 125


def test_line_numbers_hold_far_into_a_large_file(tmp_path: Path) -> None:
    rows = ["1.25,2.5,some text that takes room,x"] * 250_000  # more than two blocks
    rows[200_000] = "1,2"
    table = read_table(csv_file(tmp_path, "a,b,c,d\n" + "\n".join(rows) + "\n"))
    assert [(r.count, r.example) for r in table.rejected] == [(1, 200_002)]
    assert table.rows == 249_999


def test_infinity_and_nan_are_missing_and_infinity_is_counted(tmp_path: Path) -> None:
    table = read_table(csv_file(tmp_path, HEAD + BODY + "inf,nan,a\n-inf,1e999,b\n"))
    assert np.isnan(table.columns["age"][-2:]).all()
    assert {f.where: f.message for f in table.findings} == {
        "age": "missing, because infinite: 2 values",
        "dose": "missing, because infinite: 1 value",
    }


def test_constant_columns_are_noted_and_ignored(tmp_path: Path) -> None:
    table = read_table(csv_file(tmp_path, "a,b,c\n" + "".join(f"{i},7,\n" for i in range(60))))
    assert dict(table.roles) == {"a": "feature", "b": "ignored", "c": "ignored"}
    assert [f.where for f in table.findings if f.code == "column-constant"] == ["b", "c"]


def test_identifiers_and_text_are_never_features(tmp_path: Path) -> None:
    body = "".join(
        f"{i},MRN-{i},{500 + i // 2},{i % 5},note {i % 50},{10**15 + i},{i * 2}\n" for i in range(60)
    )  # a row number without a name, an id, two rows a patient, a code of wards, notes, a long number, a count
    table = read_table(csv_file(tmp_path, ",mrn,PatientID,ward_id,note,passport,steps\n" + body))
    assert dict(table.roles) == {
        "column_1": "identifier",
        "mrn": "identifier",
        "PatientID": "identifier",
        "ward_id": "feature",
        "note": "ignored",
        "passport": "identifier",
        "steps": "feature",
    }


def test_categories_have_at_most_100_levels_and_a_fifth_of_the_rows(tmp_path: Path) -> None:
    rows = "".join(f"l{i % 100},m{i % 101},n{i % 60}\n" for i in range(600))
    assert dict(read_table(csv_file(tmp_path, "a,b,c\n" + rows)).types) == {
        "a": "category",
        "b": "text",
        "c": "category",
    }
    few = "".join(f"{'xyz'[i % 3]}\n" for i in range(14))
    assert read_table(csv_file(tmp_path, "a\n" + few)).types["a"] == "text"


def test_dates_are_text_in_one_spelling(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-0{i % 9 + 1},2024-01-01 10:00:0{i % 9}\n" for i in range(90))
    table = read_table(csv_file(tmp_path, "day,time\n" + rows))
    assert set(table.types.values()) == {"text"}
    assert set(table.roles.values()) == {"ignored"}
    assert table.columns["day"][0] == "2024-01-01"
    frame = pa.table({"day": table.columns["day"].tolist(), "time": [t[:19] for t in table.columns["time"]]})
    assert as_table(frame).content == table.content


def test_roles_and_types_are_what_a_person_says(tmp_path: Path) -> None:
    path = csv_file(tmp_path, HEAD + BODY)
    table = read_table(path, roles={"dose": "ignored", "ward": "target"}, types={"age": "category"})
    assert dict(table.roles) == {"age": "feature", "dose": "ignored", "ward": "target"}
    assert table.target == "ward"
    assert table.columns["age"][0] == "0"


def test_a_profile_wins_over_what_was_recognised(tmp_path: Path) -> None:
    profile = Profile(
        name="p",
        gamma=0.5,
        columns=(
            Column(name="age", type="category", levels=("0", "1", "2")),
            Column(name="dose", type="number", unit="mg", low=0, high=10),
            Column(name="height", type="number", low=0, high=3),
            Column(name="ward", type="category", role="target"),
        ),
    )
    table = read_table(csv_file(tmp_path, HEAD.replace("\n", ",x\n") + BODY.replace("\n", ",1\n")), profile=profile)
    assert dict(table.roles) == {"age": "feature", "dose": "feature", "ward": "target", "x": "ignored"}
    assert (table.types["age"], table.units["dose"], table.target) == ("category", "mg", "ward")
    assert {(f.code, f.where) for f in table.findings} >= {("level-unknown", "age"), ("column-absent", "height")}
    stated = read_table(tmp_path / "data.csv", profile=profile, target="dose")
    assert (stated.target, stated.roles["ward"]) == ("dose", "ignored")


def test_csv_parquet_and_frames_of_one_content_are_one_table(tmp_path: Path) -> None:
    data = columns(300)
    data["flag"] = np.arange(300) % 3 == 0
    data["whole"] = np.arange(300) % 17 * 1.0
    frame = pd.DataFrame(data)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.csv")
    others = [
        read_table(tmp_path / "a.parquet"),
        as_table(frame),
        as_table(frame.astype({"ward": "category"})),
        as_table(pl.from_pandas(frame)),
        as_table(pl.from_pandas(frame).with_columns(pl.col("ward").cast(pl.Categorical))),
        as_table(data),
        as_table(frame[list(data)[::-1]].set_index(np.arange(300) * 2)),  # other order, and row labels of pandas
    ]
    for other in others:
        assert other.content == table.content
        assert dict(other.types) == dict(table.types)


def test_content_changes_with_any_value_name_or_type() -> None:
    base = {"a": np.arange(30.0), "b": np.array(["x", "y", None] * 10, dtype=object)}
    changed = {**base, "a": np.r_[np.arange(29.0), 30.0]}
    moved = {**base, "b": np.array([None, "x", "y"] * 10, dtype=object)}
    renamed = {"a": base["a"], "c": base["b"]}
    # "x" and "y" in one cell are not "xy" in the next
    glued = {**base, "b": np.array(["xy", None, None] * 10, dtype=object)}
    contents = [as_table(data).content for data in (base, changed, moved, renamed, glued)]
    assert len(set(contents)) == 5
    assert as_table({key: value.copy() for key, value in base.items()}).content == contents[0]


def test_blank_rows_of_a_parquet_file_are_counted(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1.0, None, 3.0], "b": ["x", None, "y"]}), tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.parquet")
    assert [(r.reason, r.count, r.example) for r in table.rejected] == [("no value in any column", 1, 2)]
    assert (table.rows, table.read) == (2, 3)


def test_row_order_of_frames_and_arrays_is_kept_with_blank_rows() -> None:
    table = as_table(pd.DataFrame({"a": [1.0, np.nan, 3.0]}))
    assert table.rows == 3
    assert np.isnan(table.columns["a"][1])


REFUSED = [
    ("empty", b"", "is empty", "exported"),
    ("blank", b" \n\n \n", "is empty", "exported"),
    ("header only", HEAD.encode(), "no rows", "exported"),
    ("latin-1", (HEAD + BODY).encode() + SECRET.encode() + b"\xe9,1,a\n", "not UTF-8: line 62", "cp1252"),
    ("cut in a character", (HEAD + BODY + "1,2,é").encode()[:-1], "not UTF-8: line 62", "UTF-8"),
    ("utf-16", (HEAD + BODY).encode("utf-16"), "UTF-16", "encoding utf-16"),
    ("workbook", b"PK\x03\x04" + SECRET.encode(), "Excel", "CSV"),
    ("compressed", b"\x1f\x8b" + SECRET.encode(), "compressed", "unpack"),
    ("binary", b"\x00\x01" + SECRET.encode(), "not a text file", "CSV"),
    ("damaged parquet", b"PAR1" + SECRET.encode(), "damaged Parquet", "again"),
    ("a name twice", b"a,b,a\n1,2,3\n", "more than one column is called 'a'", "name"),
    ("a name twice but for spaces", b"a,a \n1,2\n", "more than one column is called 'a'", "name"),
    ("no header", b"1.5,2,3\n1,2,3\n", "numbers where column names", "names"),
    ("all ragged", (HEAD + f"{SECRET},2\n" * 9).encode(), "as many fields", "delimiter"),
    ("open quote", (HEAD + BODY + f'1,2,"{SECRET}\n' + BODY).encode(), "line 62 is never closed", "close"),
    ("open quote in a ragged row", (HEAD + BODY + f'1,"{SECRET},a\n' + BODY).encode(), "line 62", "close"),
]


@pytest.mark.parametrize(("data", "message", "hint"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_bad_files_are_refused_in_one_line_with_a_remedy(tmp_path: Path, data: bytes, message: str, hint: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_table(csv_file(tmp_path, data))
    assert hint in caught.value.hint
    assert "\n" not in str(caught.value) + caught.value.hint
    assert SECRET not in str(caught.value) + caught.value.hint


def test_a_missing_file_suggests_its_neighbour(tmp_path: Path) -> None:
    csv_file(tmp_path, HEAD + BODY, "admissions.csv")
    with pytest.raises(DataError, match="no file") as caught:
        read_table(tmp_path / "admisions.csv")
    assert caught.value.hint == "did you mean 'admissions.csv'?"
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        ({"target": "wards"}, "no target column 'wards'", "did you mean 'ward'?"),
        ({"target": "AGE"}, "no target column", "did you mean 'age'?"),
        ({"target": "zzz"}, "no target column", "age, dose, ward"),
        ({"roles": {"dosis": "ignored"}}, "no column 'dosis'", "did you mean 'dose'?"),
        ({"roles": {"dose": "feat"}}, "'feat' is not a role", "feature, target"),
        ({"roles": {"dose": "target"}, "target": "age"}, "two targets", "one"),
        ({"roles": {"age": "ignored"}, "target": "age"}, "named as the target and as", "once"),
        ({"types": {"dose": "float"}}, "'float' is not a type", "number"),
        ({"types": {"age": "text"}, "roles": {"age": "feature"}}, "is text", "category"),
        ({"encoding": "klingon"}, "not an encoding", "gb18030"),
        ({"delimiter": "::"}, "one character", ";"),
        ({"decimal": "·"}, "decimal mark", "decimal=','"),
    ],
)
def test_a_wrong_wish_is_refused_with_what_was_meant(
    tmp_path: Path, asked: dict[str, object], message: str, hint: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_table(csv_file(tmp_path, HEAD + BODY), **asked)
    assert hint in caught.value.hint


def test_what_is_not_a_table_is_refused() -> None:
    for thing in ([1, 2], 3, None):
        with pytest.raises(DataError, match="cannot be taken for a table"):
            as_table(thing)
    with pytest.raises(DataError, match="differ in length"):
        as_table({"a": np.arange(3), "b": np.arange(4)})
    with pytest.raises(DataError, match="neither numbers nor text"):
        as_table(pa.table({"a": [[1], [2]]}))
    with pytest.raises(DataError, match="mixed kinds"):
        as_table(pd.DataFrame({"a": [1, "x", {}]}))


def test_a_table_stays_itself() -> None:
    table = as_table({"a": np.arange(30.0), "b": np.arange(30) % 2})
    assert as_table(table) is table
    assert as_table(table, target="b").target == "b"
    assert as_table(np.zeros((3, 2))).names == ("column_1", "column_2")
    assert isinstance(table, Table)
