"""Texts to vectors by any sentence-transformers model, with its own prompts and length."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from index.errors import ModelError
from index.local_model import NOT_AT_HAND, cannot_load, described, digest, is_at_hand, quiet

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

_DOCUMENT_PROMPTS = ("document", "passage", "corpus")  # what models call it, as sentence-transformers looks them up
_ENDLESS = "a " * 20_000  # longer than any passage
_WANTED = "a sentence-transformers model"
_SHORTEST = "a " * 8  # room for any one character, in bytes and with what marks the beginning of words


class TransformerEncoder:
    """Any sentence-transformers model, by name or path, with its own prompts.

    torch is imported here and nowhere before.

    :raises ModelError: if the model cannot be loaded without a download, or reads nothing beside its prompt.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        home = os.environ.get("SENTENCE_TRANSFORMERS_HOME")
        if not is_at_hand(name, (f"sentence-transformers/{name}",), home):  # told before torch takes seconds to load
            raise cannot_load("the model", name, NOT_AT_HAND, _WANTED)
        try:
            from sentence_transformers import SentenceTransformer

            with quiet():
                self._model = SentenceTransformer(name, device="cpu", local_files_only=True)
            self._prompts = _prompts(self._model)
            self._most_tokens = {task: self._tokens(_ENDLESS, task) for task in self._prompts}
            full = [task for task in self._prompts if self._tokens(_SHORTEST, task) >= self._most_tokens[task]]
        except Exception as error:  # the library raises whatever its back ends raise
            raise cannot_load("the model", name, error, _WANTED) from error
        if full:
            raise ModelError(
                f"the model {name!r} reads {self._most_tokens[full[0]]} tokens, and its own {full[0]} prompt"
                f" {self._prompts[full[0]][:60]!r} leaves no room in them: shorten the prompt in its"
                " config_sentence_transformers.json, raise its max_seq_length, or take another model"
            )

    @cached_property
    def identity(self) -> str:
        """A digest of prompts, tokenizer, configuration and every weight."""
        settings = [describe() for module in self._model if (describe := getattr(module, "get_config_dict", None))]
        tokenizer = described(getattr(self._model, "tokenizer", None))
        return digest([self._prompts, self._most_tokens, tokenizer, settings], self._model.state_dict())

    @property
    def dim(self) -> int:
        """The model's number of dimensions."""
        return int(self._model.get_embedding_dimension() or 0)

    def fits(self, texts: Sequence[str]) -> list[bool]:
        """Say of each passage whether the model reads it whole, its prompt and special tokens included.

        One of as many tokens as the model ever reads may have been cut there, and does not fit.
        """
        return [self._tokens(text, "document") < self._most_tokens["document"] for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows, with the model's own prompt for documents."""
        encode = self._model.encode_document
        return self._unit(encode(list(texts), prompt=self._prompts["document"], show_progress_bar=False))

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows, with the model's own prompt for queries."""
        encode = self._model.encode_query
        return self._unit(encode(list(texts), prompt=self._prompts["query"], show_progress_bar=False))

    def _tokens(self, text: str, task: str) -> int:
        """Return how many tokens of a `query` or a `document` the model reads, those of its prompt included."""
        features = self._model.preprocess([text], prompt=self._prompts[task], task=task)
        return int(features["input_ids"].numel())

    def _unit(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        vectors = vectors.reshape(-1, self.dim)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)


def _prompts(model: SentenceTransformer) -> dict[str, str]:
    """Return a model's prompts for a `query` and for a `document`, as its own configuration names them.

    They are found here since sentence-transformers gives every model an empty prompt
    `document`, which then goes before one that the model names `passage`, as E5 does.
    A default prompt is both, as in a plain `encode`, if there is none for either side.
    """
    named = {name: prompt for name, prompt in model.prompts.items() if prompt}
    query = named.get("query", "")
    document = next((named[name] for name in _DOCUMENT_PROMPTS if name in named), "")
    default = "" if query or document else named.get(model.default_prompt_name or "", "")
    return {"query": query or default, "document": document or default}
