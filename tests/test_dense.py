"""FAISS, against brute force by NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.dense import DenseIndex
from index.errors import IndexCorruptError

RNG = np.random.default_rng(0)


def vectors(n: int, dim: int = 16, scale: float = 1.0) -> NDArray[np.float32]:
    return (scale * RNG.normal(size=(n, dim))).astype(np.float32)


def brute_force(
    rows: NDArray[np.float32], ids: NDArray[np.int64], queries: NDArray[np.float32], k: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    products = queries.astype(np.float64) @ rows.astype(np.float64).T
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(products, order, axis=1), ids[order]


@pytest.mark.parametrize(
    ("n", "k", "scale"), [(1, 5, 1.0), (7, 3, 1.0), (500, 10, 1.0), (500, 500, 30.0), (40, 100, 0.01)]
)
def test_search_equals_brute_force_for_vectors_of_any_length(n: int, k: int, scale: float) -> None:
    rows, queries = vectors(n, scale=scale), vectors(6)
    ids = RNG.permutation(10 * n)[:n].astype(np.int64)
    scores, found = DenseIndex.build(ids, rows).search(queries, k)
    expected_scores, expected = brute_force(rows, ids, queries, k)
    assert found.shape == (6, min(k, n))
    assert np.array_equal(found, expected)
    assert np.allclose(scores, expected_scores, rtol=1e-4, atol=1e-5)
    assert np.all(np.diff(scores, axis=1) <= 0)


def test_what_is_saved_is_what_is_loaded_bit_for_bit(tmp_path: Path) -> None:
    rows, ids, queries = vectors(50), np.arange(100, 150), vectors(3)
    index = DenseIndex.build(ids, rows)
    index.save(tmp_path / "dense.faiss")
    loaded = DenseIndex.load(tmp_path / "dense.faiss")
    assert (len(loaded), loaded.dim) == (50, 16)
    for got, expected in zip(loaded.search(queries, 9), index.search(queries, 9), strict=True):
        assert np.array_equal(got, expected)
    wanted = np.asarray([149, 100, 120])
    assert np.array_equal(loaded.vectors(wanted), rows[[49, 0, 20]])


def test_a_loaded_index_outlives_its_file(tmp_path: Path) -> None:
    rows = vectors(50)
    DenseIndex.build(np.arange(50), rows).save(tmp_path / "dense.faiss")
    loaded = DenseIndex.load(tmp_path / "dense.faiss")
    (tmp_path / "dense.faiss").unlink()
    assert np.array_equal(loaded.vectors(np.arange(50)), rows)


def test_unknown_ids_are_key_errors() -> None:
    index = DenseIndex.build(np.arange(5), vectors(5))
    with pytest.raises(KeyError, match="not every one of 2 passages"):
        index.vectors(np.asarray([1, 9]))
    assert index.vectors(np.zeros(0, np.int64)).shape == (0, 16)


@pytest.mark.parametrize(("shape", "k"), [((1, 16), 0), ((1, 16), -1), ((1, 15), 3), ((16,), 3)])
def test_a_wrong_question_is_a_value_error(shape: tuple[int, ...], k: int) -> None:
    index = DenseIndex.build(np.arange(5), vectors(5))
    with pytest.raises(ValueError, match=r"want k >= 1 and \(q, 16\)"):
        index.search(np.zeros(shape, np.float32), k)


def test_vectors_of_other_types_and_layouts_are_taken() -> None:
    rows = vectors(9)
    index = DenseIndex.build(np.arange(9, dtype=np.int32), np.asfortranarray(rows.astype(np.float64)))
    _, found = index.search(np.asfortranarray(rows.astype(np.float64)), 1)
    assert index.vectors(np.arange(9)).tolist() == rows.tolist()
    assert found.shape == (9, 1)


@pytest.mark.parametrize("content", [None, b"", b"IxF2", b"not an index at all" * 10])
def test_what_is_no_index_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "dense.faiss"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IndexCorruptError, match="is not a FAISS index: rebuild with --rebuild"):
        DenseIndex.load(path)


def test_what_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"FAISS cannot write dense.faiss"):
        DenseIndex.build(np.arange(5), vectors(5)).save(tmp_path / "none" / "dense.faiss")
