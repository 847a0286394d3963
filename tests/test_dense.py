"""FAISS, against brute force by NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.dense import DenseIndex, DenseWriter
from index.errors import IndexCorruptError
from index.subset import Subset

RNG = np.random.default_rng(0)


def vectors(n: int, dim: int = 16, scale: float = 1.0) -> NDArray[np.float32]:
    return (scale * RNG.normal(size=(n, dim))).astype(np.float32)


def dense(path: Path, rows: NDArray[np.float32]) -> DenseIndex:
    writer = DenseWriter(rows.shape[1], recoverable=True)
    writer.add(rows)
    writer.save(path / "dense.faiss")
    return DenseIndex.load(path / "dense.faiss")


def brute_force(
    rows: NDArray[np.float32], queries: NDArray[np.float32], k: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    products = queries.astype(np.float64) @ rows.astype(np.float64).T
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(products, order, axis=1), order


@pytest.mark.parametrize(
    ("n", "k", "scale"), [(1, 5, 1.0), (7, 3, 1.0), (500, 10, 1.0), (500, 500, 30.0), (40, 100, 0.01)]
)
def test_search_equals_brute_force_for_vectors_of_any_length(tmp_path: Path, n: int, k: int, scale: float) -> None:
    rows, queries = vectors(n, scale=scale), vectors(6)
    scores, found = dense(tmp_path, rows).search(queries, k)
    expected_scores, expected = brute_force(rows, queries, k)
    assert found.shape == (6, min(k, n))
    assert np.array_equal(found, expected)
    assert np.allclose(scores, expected_scores, rtol=1e-4, atol=1e-5)
    assert np.all(np.diff(scores, axis=1) <= 0)


@pytest.mark.parametrize("k", [1, 9, 100])
def test_search_of_some_equals_brute_force_among_them(tmp_path: Path, k: int) -> None:
    rows, queries = vectors(300), vectors(4)
    chosen = np.sort(RNG.permutation(300)[:40])
    scores, found = dense(tmp_path, rows).search(queries, k, Subset.of(chosen.tolist()))
    expected_scores, expected = brute_force(rows[chosen], queries, k)
    assert np.array_equal(found, chosen[expected])
    assert np.allclose(scores, expected_scores, rtol=1e-4, atol=1e-5)


def test_what_is_saved_is_what_is_loaded_bit_for_bit(tmp_path: Path) -> None:
    rows, queries = vectors(50), vectors(3)
    loaded = dense(tmp_path, rows)
    assert (len(loaded), loaded.dim, loaded.approximate, loaded.coarse) == (50, 16, False, False)
    loaded.save(tmp_path / "again")
    again = DenseIndex.load(tmp_path / "again")
    for got, expected in zip(again.search(queries, 9), loaded.search(queries, 9), strict=True):
        assert np.array_equal(got, expected)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "dense.faiss").read_bytes()
    wanted = np.asarray([49, 0, 20])
    assert np.array_equal(loaded.vectors(wanted), rows[wanted])
    assert np.array_equal(loaded.scores(queries[0], wanted), rows[wanted] @ queries[0])


def test_a_loaded_index_outlives_its_file(tmp_path: Path) -> None:
    rows = vectors(50)
    loaded = dense(tmp_path, rows)
    (tmp_path / "dense.faiss").unlink()
    assert np.array_equal(loaded.vectors(np.arange(50)), rows)


@pytest.mark.parametrize("ids", [[1, 9], [0, -1], [5, 5]])
def test_unknown_ids_are_key_errors(tmp_path: Path, ids: list[int]) -> None:
    index = dense(tmp_path, vectors(5))
    with pytest.raises(KeyError, match="not every one of 2 passages"):
        index.vectors(np.asarray(ids))
    with pytest.raises(KeyError, match="not every one of 2 passages"):
        index.scores(vectors(1)[0], np.asarray(ids))
    assert index.vectors(np.zeros(0, np.int64)).shape == (0, 16)
    assert index.scores(vectors(1)[0], np.zeros(0, np.int64)).shape == (0,)


@pytest.mark.parametrize(("shape", "k"), [((1, 16), 0), ((1, 16), -1), ((1, 15), 3), ((16,), 3)])
def test_a_wrong_question_is_a_value_error(tmp_path: Path, shape: tuple[int, ...], k: int) -> None:
    index = dense(tmp_path, vectors(5))
    with pytest.raises(ValueError, match=r"want k >= 1 and \(q, 16\)"):
        index.search(np.zeros(shape, np.float32), k)


def test_vectors_of_other_types_and_layouts_are_taken(tmp_path: Path) -> None:
    rows = vectors(9)
    index = dense(tmp_path, np.asfortranarray(rows.astype(np.float64)))
    _, found = index.search(np.asfortranarray(rows.astype(np.float64)), 1)
    assert index.vectors(np.arange(9)).tolist() == rows.tolist()
    assert found.shape == (9, 1)


@pytest.mark.parametrize("content", [None, b"", b"IxFI", b"not an index at all" * 10])
def test_what_is_no_index_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "dense.faiss"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IndexCorruptError, match="is not a FAISS index: rebuild with --rebuild"):
        DenseIndex.load(path)


def test_what_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"FAISS cannot write dense.faiss"):
        dense(tmp_path / "none", vectors(5))
