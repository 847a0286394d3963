"""Documents and passages survive the way into rows of Milvus and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.documents import doc_id_of
from index.errors import IndexCorruptError, IndexFormatError
from index.milvus.kept import Kept
from index.milvus.rows import (
    document_rows,
    info_of,
    passage_of,
    passage_rows,
    rest_of,
    skipped_rows,
    state_of,
)
from index.milvus.schema import (
    ALIVE,
    BLOB_FIELDS,
    DOCUMENT_FIELDS,
    PIECE_BYTES,
    Names,
    Sealed,
    blob,
    date_rows,
    dates_of,
    epoch_of,
    passage_fields,
)
from index.store import FORMAT, Manifest
from index.types import Document, DocumentInfo, FileState, Passage, Sentence, Skipped

WHERE = "milvus://here/articles"
STATE = FileState("a/b.txt", 12, -5, 1 << 60)
MANIFEST = Manifest(FORMAT, "v", "/f", "embedded", "e", "w", {"a": "1"}, 7, 512, 2, 3, {})


def document(text: str, **told: Any) -> Document:
    fields: dict[str, Any] = {
        **{"doc_id": doc_id_of("a/b.txt"), "source": "a/b.txt", "title": "T", "text": text, "language": "fr"},
        **{"date": None, "date_origin": None, "sha256": "0" * 64, "extraction": "text/1"},
    }
    return Document(**fields | told)


def passages(text: str, bounds: list[int]) -> list[Passage]:
    """Cut a text at bounds: every other piece is a passage, the others are left out."""
    pairs = [(start, end) for start, end in zip(bounds[::2], bounds[1::2], strict=False) if start < end]
    doc_id = doc_id_of("a/b.txt")
    return [
        Passage(0, doc_id, s, e, text[s:e], (Sentence(s, e, heading=s % 2 == 1),), bytes([s % 256])) for s, e in pairs
    ]


def whole(told: Document, cut: list[Passage]) -> str:
    rows = [*passage_rows(told, cut, 3, ["mot"] * len(cut), np.ones((len(cut), 2), np.float32))]
    rest = rest_of(reversed(document_rows(told, cut, STATE, 3)))
    return "".join(rest.before.get(row["start"], row["before"]) + row["text"] for row in rows) + rest.after


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=80)
@given(text=TEXT, data=st.data())
def test_the_whole_text_comes_back(text: str, data: st.DataObject) -> None:
    bounds = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    told = document(text)
    cut = passages(text, bounds)
    assert whole(told, cut) == text
    vectors = np.eye(len(cut), 3, dtype=np.float32)
    rows = [*passage_rows(told, cut, 3, ["un mot"] * len(cut), vectors)]
    back = [passage_of(row) for row in rows]
    assert [replace(each, passage_id=0) for each in back] == cut
    assert [each.words for each in back] == [each.words for each in cut]
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(0 <= row["id"] < 2**63 and row["length"] == 2 and row["died"] == ALIVE for row in rows)


@pytest.mark.parametrize(
    "left_out", ["é" * 40_001, "x" * PIECE_BYTES, "x" * (PIECE_BYTES + 1), "a" + "😀" * 50_000, '"' * 70_000]
)
def test_what_was_left_out_may_be_of_any_length(left_out: str) -> None:
    text = f"{left_out}un.{left_out}deux.{left_out}"
    first, second = len(left_out), 2 * len(left_out) + 3
    cut = passages(text, [first, first + 3, second, second + 5])
    assert whole(document(text), cut) == text
    rows = document_rows(document(text), cut, STATE, 3)
    assert all(len(value.encode()) <= 65_535 for row in rows for value in row.values() if isinstance(value, str))
    assert [row["key"] for row in rows] == [f"{doc_id_of('a/b.txt')}.3.{piece}" for piece in range(len(rows))]
    assert [row["source"] for row in rows] == ["a/b.txt", *[""] * (len(rows) - 1)]
    assert all((row["born"], row["died"]) == (3, ALIVE) for row in rows)


def test_what_is_known_of_a_document_comes_back() -> None:
    told = document("x", date="2025-05", date_origin="text", author="Zoé", pages=(0, 7, 19))
    (row,) = document_rows(told, [], STATE, 1)
    expected = DocumentInfo(told.doc_id, "a/b.txt", "T", "fr", "2025-05", "0" * 64, "text/1", "Zoé")
    assert info_of(row) == expected
    assert rest_of([row]).pages == (0, 7, 19)
    assert state_of(row) == STATE
    (bare,) = document_rows(document("x"), [], STATE, 1)
    assert info_of(bare) == replace(expected, date=None, author=None)
    assert rest_of([bare]).pages == ()


def test_a_skipped_file_says_why_and_whether_it_was_looked_at() -> None:
    (read,) = skipped_rows(Skipped("b.txt", "is empty"), replace(STATE, source="b.txt"), "f" * 64, 2)
    (over,) = skipped_rows(Skipped("c.xyz", "format"), None, None, 2)
    assert (read["reason"], read["sha256"], state_of(read)) == ("is empty", "f" * 64, replace(STATE, source="b.txt"))
    assert (over["source"], over["sha256"], state_of(over)) == ("c.xyz", "", None)


def test_rows_have_all_fields_and_no_others() -> None:
    told = document("x" * 100_000 + "un.")
    cut = passages(told.text, [100_000, 100_003])
    rows = [*document_rows(told, cut, STATE, 1), *skipped_rows(Skipped("c", "why"), None, None, 1)]
    assert len(rows) > 2
    assert all(row.keys() == {field.name for field in DOCUMENT_FIELDS} for row in rows)
    (row,) = passage_rows(told, cut, 1, ["un"], np.ones((1, 4), np.float32))
    assert row.keys() == {field.name for field in passage_fields(4)}
    assert blob("k", "v").keys() == {field.name for field in BLOB_FIELDS}


def test_the_same_passage_gets_the_same_id_in_one_build_only() -> None:
    cut = passages("un. deux.", [0, 3])
    ids = [
        row["id"]
        for born in (1, 1, 2)
        for row in passage_rows(document("un."), cut, born, ["un"], np.ones((1, 2), np.float32))
    ]
    assert ids[0] == ids[1] != ids[2]


def test_other_encoders_and_formats_share_no_epoch() -> None:
    same = epoch_of(2, "e", "w", {"a": "1"})
    assert same == epoch_of(2, "e", "w", {"a": "1"})
    others = [epoch_of(3, "e", "w", {"a": "1"}), epoch_of(2, "f", "w", {"a": "1"}), epoch_of(2, "e", "x", {"a": "1"})]
    assert same not in others
    names = Names("articles")
    assert names.passages(same) == f"articles_passages_{same}"
    assert names.sealed(7) == "articles_g000007"


def test_a_manifest_comes_back() -> None:
    sealed = Sealed(MANIFEST, "1_x", 4, 99, 2, "HNSW")
    assert Sealed.from_json(sealed.to_json(), WHERE) == sealed
    assert sealed.passages == 3


def test_dates_come_back_in_order_and_fit() -> None:
    dates = [
        f"{year}-{month:02}-{day:02}" for year in range(1990, 2020) for month in range(1, 13) for day in range(1, 29)
    ]
    rows = [*date_rows([*reversed(dates), "", *dates])]
    assert dates_of(reversed(rows)) == ["", *dates]
    assert max(len(row["value"]) for row in rows) < PIECE_BYTES
    assert len({row["key"] for row in rows}) == len(rows) > 1
    assert dates_of([]) == []


@pytest.mark.parametrize("change", [{"milvus_format": 99}, {"manifest": {"format": FORMAT + 1}}])
def test_another_format_is_refused(change: dict[str, Any]) -> None:
    told = json.loads(Sealed(MANIFEST, "1_x", 4, 99, 2).to_json()) | change
    with pytest.raises(IndexFormatError, match=rf"{WHERE} has format .* reads {FORMAT}\..*--store {WHERE} --rebuild"):
        Sealed.from_json(json.dumps(told), WHERE)


@pytest.mark.parametrize("change", [{"manifest": None}, {"generation": "x"}, {"epoch": None, "manifest": 3}])
def test_a_damaged_manifest_is_refused(change: dict[str, Any]) -> None:
    told = json.loads(Sealed(MANIFEST, "1_x", 4, 99, 2).to_json()) | change
    for written in (json.dumps(told), "{", "[]"):
        with pytest.raises(IndexCorruptError, match=rf"{WHERE} is damaged"):
            Sealed.from_json(written, WHERE)


def test_what_was_asked_for_last_is_kept() -> None:
    fetched: list[list[int]] = []

    def fetch(keys: Any) -> dict[int, str]:
        fetched.append([*keys])
        return {key: str(key) for key in keys if key >= 0}

    kept = Kept[int, str](3, fetch)
    assert kept([1, 2, 1, -1]) == {1: "1", 2: "2"}
    assert kept([2, 1]) == {1: "1", 2: "2"}
    assert kept([3, 1, 4]) == {1: "1", 3: "3", 4: "4"}
    assert kept([1, 2]) == {1: "1", 2: "2"}
    assert fetched == [[1, 2, -1], [3, 4], [2]]
