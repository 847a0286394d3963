"""Mapped tensors are those that the library reads, and what is damaged is refused."""

from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from index.tensors import mapped_tensors

TENSORS = {
    "rows": np.arange(12, dtype=np.int8).reshape(3, 4),
    "weights": np.asarray([0.5, -1.5, 3.25], np.float32),
    "halves": np.asarray([[1.5], [2.5]], np.float16),
    "none": np.zeros((0, 4), np.float32),
    "counts": np.asarray([1 << 40, 2], np.int64),  # of a type that is not mapped
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_file(TENSORS, tmp_path / "t.safetensors", metadata={"made": "here"})
    return tmp_path / "t.safetensors"


def test_mapped_tensors_are_those_that_were_saved(path: Path) -> None:
    found, read = mapped_tensors(path), load_file(path)
    assert found.keys() == read.keys() == TENSORS.keys()
    for name, tensor in found.items():
        assert tensor.dtype == read[name].dtype
        assert tensor.shape == read[name].shape
        assert np.array_equal(tensor, read[name])


def test_they_are_mapped_and_cannot_be_written(path: Path) -> None:
    rows = mapped_tensors(path)["rows"]
    assert isinstance(rows, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        rows[0, 0] = 1


@pytest.mark.parametrize("cut", [0, 4, 20, -1])
def test_a_cut_file_is_refused(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises((SafetensorError, OSError)):
        mapped_tensors(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(SafetensorError):
        mapped_tensors(tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        mapped_tensors(tmp_path / "none")
