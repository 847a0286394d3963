"""What the teacher says of English words as they are used.

The teacher is all-MiniLM-L6-v2 (Apache-2.0). A word's vector is the mean of the
teacher's outputs over its pieces, wherever it stands in the texts read: static rows
made so know more of a word than its own letters tell (after Bommasani et al., ACL 2020,
and model2vec's tokenlearn).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from index.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCH = 64
_MOST_PIECES = 256
_TELL_EVERY = 200  # batches


@dataclass(frozen=True, slots=True)
class Taught:
    """What a teacher said of words: the mean (words, dim) of its outputs, and how often it read each."""

    words: tuple[str, ...]
    means: NDArray[np.float32]
    counts: NDArray[np.int64]

    def save(self, path: Path) -> None:
        """Write to one file, at once or not at all."""
        beside = path.with_suffix(".part.npz")
        np.savez(beside, words=np.asarray(self.words), means=self.means, counts=self.counts)
        os.replace(beside, path)

    @classmethod
    def load(cls, path: Path) -> Taught:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(tuple(map(str, stored["words"])), stored["means"], stored["counts"])


def teach(folder: Path, texts: Sequence[str], log: Callable[[str], None]) -> Taught:
    """Return what a transformer says of texts.

    :param folder: the model, as transformers saves it.
    :raises ModelError: if it cannot be loaded.
    """
    tokenizer, model = _loaded(folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = model.to(device, torch.bfloat16)
    dim = int(model.config.hidden_size)
    known: dict[str, int] = {}
    sums, counts = torch.zeros((1 << 16, dim)), torch.zeros(1 << 16)
    order = sorted(range(len(texts)), key=lambda n: (len(texts[n]), n))
    for first in range(0, len(order), _BATCH):
        if first // _BATCH % _TELL_EVERY == 0:
            log(f"the teacher has read {first:,} of {len(order):,} texts, short ones first")
        rows = order[first : first + _BATCH]
        batch = tokenizer(
            [texts[row] for row in rows], padding=True, truncation=True, max_length=_MOST_PIECES, return_tensors="pt"
        )
        with torch.inference_mode():
            out = model(**{key: value.to(device) for key, value in batch.items()}).last_hidden_state.float().cpu()
        places, targets = [], []
        for number, encoding in enumerate(batch.encodings):
            for start, end, word in _words(encoding.tokens, encoding.word_ids):
                row = known.setdefault(word, len(known))
                places += [number * out.shape[1] + at for at in range(start, end)]
                targets += [row] * (end - start)
        while len(known) > len(sums):
            sums, counts = torch.cat([sums, torch.zeros_like(sums)]), torch.cat([counts, torch.zeros_like(counts)])
        at = torch.tensor(targets, dtype=torch.long)
        sums.index_add_(0, at, out.reshape(-1, dim)[torch.tensor(places, dtype=torch.long)])
        counts.index_add_(0, at, torch.ones(len(at)))
    means = (sums[: len(known)] / counts[: len(known), None].clamp(min=1)).numpy()
    return Taught(tuple(known), means, counts[: len(known)].numpy().astype(np.int64))


def words_alone(folder: Path, pieces: Sequence[str]) -> NDArray[np.float32]:
    """Return (pieces, dim) float32: what the teacher says of each piece with nothing around it.

    A piece that the teacher cuts further gets the mean of its parts.
    """
    tokenizer, model = _loaded(folder)
    known = tokenizer.get_vocab()
    begin, end = tokenizer.cls_token_id, tokenizer.sep_token_id
    parts = [
        [known[piece]] if piece in known else tokenizer.encode(piece, add_special_tokens=False) for piece in pieces
    ]
    wanted = sorted({part for each in parts for part in each})
    said = np.zeros((len(tokenizer), int(model.config.hidden_size)), np.float32)
    with torch.inference_mode():
        for first in range(0, len(wanted), 1024):
            some = wanted[first : first + 1024]
            out = model(input_ids=torch.tensor([[begin, part, end] for part in some])).last_hidden_state
            said[some] = out.mean(dim=1).numpy()
    return np.stack([said[each].mean(axis=0) for each in parts])


def _loaded(folder: Path) -> tuple[Any, Any]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model = AutoModel.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot load the teacher in {folder} ({str(error).splitlines()[0]})") from error
    return tokenizer, model.eval()


def _words(tokens: Sequence[str], word_ids: Sequence[int | None]) -> list[tuple[int, int, str]]:
    """Return (first piece, end, word) for each whole word of a text."""
    found = []
    start = 0
    while start < len(tokens):
        end = start + 1
        if word_ids[start] is not None:
            while end < len(tokens) and word_ids[end] == word_ids[start]:
                end += 1
            found.append((start, end, "".join(piece.removeprefix("##") for piece in tokens[start:end])))
        start = end
    return found
