"""What dense search keeps of many passages: codes, the same whichever way they came."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.dense import DenseIndex, DenseWriter
from index.dense_kinds import SWITCH, Kind
from index.errors import IndexCorruptError
from index.subset import Subset

FEW = 60  # passages kept as vectors here
DIM = 48
KINDS = [Kind.BITS, Kind.BYTES]


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.dense.SWITCH", FEW)


def unit(n: int, seed: int = 0, dim: int = DIM) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def saved(writer: DenseWriter, path: Path) -> DenseIndex:
    writer.save(path)
    return DenseIndex.load(path)


def fresh(rows: NDArray[np.float32], path: Path, kind: Kind = Kind.BITS) -> DenseIndex:
    writer = DenseWriter(rows.shape[1], recoverable=kind is Kind.BITS)
    writer.add(rows)
    return saved(writer, path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "flat"), [(0, True), (FEW, True), (FEW + 1, False)])
def test_the_number_of_passages_decides_the_kind(tmp_path: Path, kind: Kind, n: int, flat: bool) -> None:
    index = fresh(unit(n), tmp_path / "a", kind)
    assert (len(index), index.dim, index.kind) == (n, DIM, Kind.FLAT if flat else kind)
    assert index.approximate is not flat
    assert index.coarse is (index.kind is Kind.BITS)


def test_a_bit_is_kept_of_each_number_and_eight_bytes(tmp_path: Path) -> None:
    rows = unit(2000, dim=512)
    for n in (1000, 2000):
        fresh(rows[:n], tmp_path / str(n))
    assert (tmp_path / "2000").stat().st_size - (tmp_path / "1000").stat().st_size == 72 * 1000


@pytest.mark.parametrize(("kind", "k"), [(Kind.BITS, 200), (Kind.BYTES, 14)])
def test_the_nearest_are_among_those_found(tmp_path: Path, kind: Kind, k: int) -> None:
    rows, queries = unit(3000, dim=128), unit(20, seed=1, dim=128)
    _, found = fresh(rows, tmp_path / "a", kind).search(queries, k)
    nearest = np.argsort(-queries @ rows.T, axis=1)[:, :10]
    shared = [len({*one} & {*other}) for one, other in zip(found.tolist(), nearest.tolist(), strict=True)]
    assert np.mean(shared) >= 9
    assert found.shape == (20, k)


def test_a_passage_finds_itself_first_even_where_most_numbers_are_small(tmp_path: Path) -> None:
    rows = unit(400, dim=64)
    rows[:, 8:] /= 1000  # without the rotation, most bits would say nothing
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    _, found = fresh(rows, tmp_path / "a").search(rows, 20)
    assert np.mean([number in near for number, near in enumerate(found.tolist())]) > 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_search_of_some_equals_search_of_all_without_the_others(tmp_path: Path, kind: Kind) -> None:
    index, query = fresh(unit(500), tmp_path / "a", kind), unit(1, seed=1)
    chosen = np.random.default_rng(2).permutation(500)[:70].tolist()
    scores, ids = index.search(query, 500)
    expected = [number for number in ids[0].tolist() if number in chosen]
    for k in (1, 30, 70, 400):
        some_scores, some = index.search(query, k, Subset.of(chosen))
        assert some[0].tolist() == expected[:k]
        assert np.array_equal(some_scores[0], scores[0][np.isin(ids[0], chosen)][:k])


@pytest.mark.parametrize("kind", KINDS)
def test_zero_rows_and_zero_questions_are_searched(tmp_path: Path, kind: Kind) -> None:
    rows = unit(FEW + 10)
    rows[[3, 40]] = 0
    index = fresh(rows, tmp_path / "a", kind)
    for query in (unit(1, seed=1), np.zeros((1, DIM), np.float32)):
        scores, ids = index.search(query, len(rows))
        assert sorted(ids[0].tolist()) == list(range(len(rows)))
        assert np.isfinite(scores).all()
        assert scores[0][np.isin(ids[0], [3, 40])] == pytest.approx([0, 0], abs=0.02)


def test_bytes_tell_scores_and_bits_do_not(tmp_path: Path) -> None:
    rows, query = unit(FEW + 10), unit(1, seed=1)[0]
    index = fresh(rows, tmp_path / "bytes", Kind.BYTES)
    ids = np.asarray([7, 0, FEW])
    assert index.scores(query, ids) == pytest.approx(rows[ids] @ query, abs=0.01)
    found, best = index.search(query[None], 5)
    assert index.scores(query, best[0]) == pytest.approx(found[0], abs=1e-5)
    with pytest.raises(KeyError):
        index.scores(query, np.asarray([len(rows)]))
    coarse = fresh(rows, tmp_path / "bits")
    with pytest.raises(ValueError, match="coarse"):
        coarse.scores(query, ids)
    for each in (index, coarse):
        with pytest.raises(ValueError, match="does not keep its vectors"):
            each.vectors(ids)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [0, -1])
def test_a_wrong_question_of_codes_is_a_value_error(tmp_path: Path, kind: Kind, k: int) -> None:
    index = fresh(unit(FEW + 10), tmp_path / "a", kind)
    with pytest.raises(ValueError, match="want k >= 1"):
        index.search(unit(1), k)
    with pytest.raises(ValueError, match=rf"want k >= 1 and \(q, {DIM}\)"):  # not the padded one
        index.search(unit(1, dim=64), 3)


@pytest.mark.parametrize("kind", KINDS)
def test_threads_change_no_code_and_nothing_found(tmp_path: Path, kind: Kind) -> None:
    rows, queries = unit(5000), unit(5, seed=1)
    told = []
    for threads in (1, 2):
        faiss.omp_set_num_threads(threads)
        index = fresh(rows, tmp_path / str(threads), kind)
        faiss.omp_set_num_threads(threads)
        told.append([each.tobytes() for each in index.search(queries, 50)])
    faiss.omp_set_num_threads(1)
    assert told[0] == told[1]
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    recoverable=st.booleans(),
    live=st.integers(0, 2 * FEW),
    parts=st.lists(st.tuples(st.booleans(), st.integers(0, 2 * FEW), st.integers(0, 2 * FEW)), min_size=1, max_size=6),
    at_least=st.integers(0, 3 * FEW),
)
def test_whichever_way_passages_came_the_file_is_that_of_a_fresh_build(
    tmp_path: Path,
    recoverable: bool,
    live: int,
    parts: list[tuple[bool, int, int]],
    at_least: int,
) -> None:
    kind = Kind.BITS if recoverable else Kind.BYTES
    old = unit(live)
    before = fresh(old, tmp_path / "before", kind)
    rows: list[NDArray[np.float32]] = [np.zeros((0, DIM), np.float32)]
    total = sum(min(last, live) - min(first, last, live) if take else last for take, first, last in parts)
    writer = DenseWriter(DIM, recoverable, min(at_least, total))
    for number, (take, first, last) in enumerate(parts, 1):
        if take:
            end = min(last, live)
            begin = min(first, end)
            rows.append(old[begin:end])
            if not writer.copy(before, begin, end):
                assert before.approximate
                assert len(writer) + end - begin <= FEW
                writer.add(old[begin:end])
        else:
            rows.append(unit(last, seed=number))
            writer.add(rows[-1])
        assert len(writer) == sum(map(len, rows))
    writer.save(tmp_path / "after")
    fresh(np.concatenate(rows), tmp_path / "expected", kind)
    assert (tmp_path / "after").read_bytes() == (tmp_path / "expected").read_bytes()


def test_codes_of_another_kind_are_not_taken(tmp_path: Path) -> None:
    before = fresh(unit(2 * FEW), tmp_path / "a", Kind.BYTES)
    writer = DenseWriter(DIM, recoverable=True)
    assert not writer.copy(before, 0, 2 * FEW)
    assert len(writer) == 0


def test_codes_are_mapped_and_not_read(tmp_path: Path) -> None:
    index = fresh(unit(2000), tmp_path / "a")
    was = index.rows(10, 12).tobytes()
    at = (tmp_path / "a").read_bytes().index(was)
    with (tmp_path / "a").open("r+b") as file:  # what is altered after the opening is seen: the page is the file's
        file.seek(at)
        file.write(bytes(len(was)))
    assert index.rows(10, 12).tobytes() == bytes(len(was))


@pytest.mark.parametrize("other", ["IDMap2,Flat", "Flat,Refine(Flat)", "SQ8", "HR,Flat", "HNSW8,Flat"], ids=str)
def test_an_index_of_another_kind_is_named(tmp_path: Path, other: str) -> None:
    index = faiss.index_factory(DIM, other, faiss.METRIC_INNER_PRODUCT)
    index.train(unit(300))
    for each in (index, faiss.IndexFlatL2(DIM)):
        faiss.write_index(each, str(tmp_path / "a"))
        with pytest.raises(IndexCorruptError, match="is not a FAISS index: rebuild"):
            DenseIndex.load(tmp_path / "a")


def test_the_seeds_are_few() -> None:
    assert SWITCH > 10_000  # folders of today's size are searched exactly
