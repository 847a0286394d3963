"""Texts to vectors: the embedded static model, or any sentence-transformers model.

The embedded model is a matrix with a row a token and a tokenizer (the model2vec
format, https://github.com/MinishLab/model2vec): a text's vector is the mean of its
tokens' rows, scaled to unit length. It needs neither torch nor a download.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import safe_open
from tokenizers import Tokenizer

from index.errors import ModelError
from index.types import Encoder, WordMatrix

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

EMBEDDED = "embedded"
EMBEDDED_FOLDER = Path(__file__).parent / "model"
_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"
_BATCH = 1024  # texts tokenised at a time: bounds the memory, not the speed


class StaticEncoder:
    """A model2vec folder: one matrix and its tokenizer.

    :param folder: holds `model.safetensors` and `tokenizer.json`.
    :param name: what the manifest calls it.
    :raises ModelError: if the folder is not such a model.
    """

    max_chars = 2_000

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._folder = folder
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
            with safe_open(folder / _WEIGHTS, "np") as tensors:
                self._rows: NDArray[np.floating] = tensors.get_tensor("embeddings")
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(f"cannot load the model in {folder} ({error}): install Sourcier again") from error
        self._tokenizer.no_padding()

    @cached_property
    def identity(self) -> str:
        """A digest of tokenizer and matrix."""
        digest = hashlib.sha256()
        for name in (_TOKENIZER, _WEIGHTS):
            digest.update((self._folder / name).read_bytes())
        return digest.hexdigest()[:16]

    @property
    def dim(self) -> int:
        """The number of columns of the matrix."""
        return int(self._rows.shape[1])

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows; a text without a known token gets a zero row."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for first in range(0, len(texts), _BATCH):
            encodings = self._tokenizer.encode_batch_fast(list(texts[first : first + _BATCH]), add_special_tokens=False)
            for row, encoding in enumerate(encodings, start=first):
                if encoding.ids:
                    vectors[row] = self._rows[encoding.ids].mean(axis=0, dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)

    encode_queries = encode_passages

    def words(self, text: str) -> WordMatrix:
        """Return the words of a text with their vectors: a word's is the sum of its pieces'."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        if not encoding.ids:
            empty = np.zeros(0, np.float32)
            return WordMatrix(np.zeros((0, 2), np.int64), empty.reshape(0, self.dim), empty)
        starts = np.flatnonzero(np.diff(np.asarray(encoding.word_ids, np.int64), prepend=-1))
        offsets = np.asarray(encoding.offsets, np.int64)
        ends = np.append(starts[1:], len(offsets)) - 1
        sums = np.add.reduceat(self._rows[encoding.ids].astype(np.float32), starts, axis=0)
        norms = np.linalg.norm(sums, axis=1)
        bounds = np.column_stack([offsets[starts, 0], offsets[ends, 1]])
        return WordMatrix(bounds, sums / np.maximum(norms, 1e-12)[:, None], norms)


class TransformerEncoder:
    """Any sentence-transformers model, by name or path, with its own prompts.

    torch is imported here and nowhere before.

    :raises ModelError: if the model cannot be loaded without a download.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        if not _is_at_hand(name):  # told before torch takes its seconds to load
            raise _no_model(name, "there is no such folder, nor such a model in the local cache")
        try:
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            self._bytes = torch.uint8  # numpy has no bfloat16: weights are hashed byte by byte
            self._model = SentenceTransformer(name, device="cpu", local_files_only=True)
        except Exception as error:  # the library raises whatever its back ends raise
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise _no_model(name, reason) from error

    @cached_property
    def identity(self) -> str:
        """A digest of prompts, configuration and every weight."""
        settings = [describe() for module in self._model if (describe := getattr(module, "get_config_dict", None))]
        told = json.dumps([self._model.prompts, self._model.max_seq_length, settings], sort_keys=True, default=str)
        digest = hashlib.sha256(told.encode())
        weights: dict[str, torch.Tensor] = self._model.state_dict()
        for key, tensor in sorted(weights.items()):
            digest.update(key.encode())
            digest.update(tensor.cpu().contiguous().view(-1).view(self._bytes).numpy().tobytes())
        return digest.hexdigest()[:16]

    @property
    def dim(self) -> int:
        """The model's number of dimensions."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_chars(self) -> int:
        """Three characters a token, as French text needs, of the model's longest sequence."""
        return 3 * int(self._model.max_seq_length or 512)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows, with the model's own prompt for documents."""
        return self._unit(self._model.encode_document(list(texts), convert_to_numpy=True, show_progress_bar=False))

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows, with the model's own prompt for queries."""
        return self._unit(self._model.encode_query(list(texts), convert_to_numpy=True, show_progress_bar=False))

    @staticmethod
    def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)


def _is_at_hand(name: str) -> bool:
    from huggingface_hub.constants import HF_HUB_CACHE

    caches = (HF_HUB_CACHE, os.environ.get("SENTENCE_TRANSFORMERS_HOME", HF_HUB_CACHE))
    folders = [f"models--{owned.replace('/', '--')}" for owned in (name, f"sentence-transformers/{name}")]
    return Path(name).is_dir() or any(Path(cache, folder).is_dir() for cache in caches for folder in folders)


def _no_model(name: str, reason: str) -> ModelError:
    return ModelError(
        f"cannot load the model {name!r} ({reason}): give the folder of a sentence-transformers model,"
        " or the name of one that is in the local cache"
    )


def canonical_name(name: str) -> str:
    """Return a model's name as manifests keep it: that of a folder is its absolute path."""
    return str(Path(name).resolve()) if name != EMBEDDED and Path(name).is_dir() else name


@cache
def embedded() -> StaticEncoder:
    """Return the model that comes with Sourcier, loaded once."""
    return StaticEncoder(EMBEDDED_FOLDER, EMBEDDED)


def load_encoder(name: str = EMBEDDED) -> Encoder:
    """Return the encoder that `--model` names.

    :raises ModelError: if it cannot be loaded.
    """
    return embedded() if name == EMBEDDED else TransformerEncoder(canonical_name(name))
