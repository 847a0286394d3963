"""A model2vec folder: the rows as bytes, each with its own scale, and the tokenizer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

_LARGEST = 127


def quantised(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return (n, dim) bytes and (n,) weights whose products are the rows, to half a step of 1/127 of a row's largest.

    model2vec and sentence-transformers multiply each row by its weight as they load.
    """
    weights = np.maximum(np.abs(rows).max(axis=1), 1e-12) / _LARGEST
    return np.rint(rows / weights[:, None]).astype(np.int8), weights.astype(np.float32)


def save_model(folder: Path, rows: NDArray[np.float32], tokenizer: Tokenizer) -> None:
    """Write a model that model2vec, sentence-transformers and Sourcier read.

    :param rows: (vocabulary, dim).
    """
    folder.mkdir(parents=True, exist_ok=True)
    embeddings, weights = quantised(rows)
    save_file({"embeddings": embeddings, "weights": weights}, folder / "model.safetensors")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": rows.shape[1],
        "normalize": True,
    }
    modules = [
        {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    for name, told in (("config.json", config), ("modules.json", modules)):
        (folder / name).write_text(json.dumps(told, indent=1) + "\n", "utf-8")
