"""The reader as torch trains it: a small BERT whose rows speak French and English."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

from index.encoder import embedded
from index.errors import ModelError
from index.words import Words
from qa.reader_inputs import CLS, KINDS, MARKS, MATCHES, SEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy import sparse

_NOWHERE = -1e4


class Body(nn.Module):
    """From rows of tokens to the logits of starts and ends: all that runs as ONNX.

    :param bert: its layers are used, and its embeddings of positions and of types.
    """

    def __init__(self, bert: Any) -> None:  # noqa: ANN401 - a model of transformers
        super().__init__()
        self.bert = bert
        width = int(bert.config.hidden_size)
        self.kinds = nn.Embedding(KINDS, width)
        self.matches = nn.Linear(MATCHES, width, bias=False)
        self.spans = nn.Linear(width, 2)
        for fresh in (self.kinds, self.matches):
            nn.init.zeros_(fresh.weight)  # so that the body begins as it was taught
        nn.init.normal_(self.spans.weight, std=0.02)

    def forward(
        self, rows: torch.Tensor, types: torch.Tensor, kinds: torch.Tensor, matches: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (rows, tokens) logits of starts and of ends, far below all where no answer can be.

        :param rows: (rows, tokens, width); the others as in `qa.reader_inputs.Rows`.
        """
        rows = rows + self.kinds(kinds) + self.matches(matches)
        hidden = self.bert(inputs_embeds=rows, token_type_ids=types, attention_mask=mask).last_hidden_state
        allowed = types.to(mask.dtype) * mask
        allowed = torch.cat([torch.ones_like(allowed[:, :1]), allowed[:, 1:]], dim=1)  # the first token says: none
        logits = self.spans(hidden).float() + (1.0 - allowed)[:, :, None] * _NOWHERE
        return logits[:, :, 0], logits[:, :, 1]


class ReaderNet(nn.Module):
    """The whole reader: its own rows, and the body.

    :param rows: (vocabulary and marks, width).
    """

    def __init__(self, bert: Any, rows: NDArray[np.float32]) -> None:  # noqa: ANN401 - a model of transformers
        super().__init__()
        self.rows = nn.Embedding(len(rows), rows.shape[1], _weight=torch.from_numpy(rows))
        self.body = Body(bert)

    def forward(
        self,
        ids: torch.Tensor,
        types: torch.Tensor,
        kinds: torch.Tensor,
        matches: torch.Tensor,
        mask: torch.Tensor,
        starts: torch.Tensor,
        ends: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """Return the loss: how far the starts and ends told are from those found, none being the first token."""
        device = "cuda" if ids.is_cuda else "cpu"
        with torch.autocast(device, torch.bfloat16):
            found_starts, found_ends = self.body(self.rows(ids), types, kinds, matches, mask)
        cross_entropy = nn.functional.cross_entropy
        loss = (cross_entropy(found_starts.float(), starts) + cross_entropy(found_ends.float(), ends)) / 2
        return {"loss": loss}


def new_reader(folder: Path, layers: int, pieces: Sequence[str], chances: sparse.csr_matrix) -> ReaderNet:
    """Return a reader to begin with: the lower layers of an English body, and rows carried over to French.

    An English piece has the body's own row, or the mean of those of its parts; a French
    one the mean of those of the English pieces that translate it; one of both, both.

    :param folder: the body, a BERT as transformers saves it.
    :param pieces: the vocabulary, in its order.
    :param chances: how likely an English piece (row) and a French one (column) meet.
    :raises ModelError: if the body cannot be loaded.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        bert = AutoModel.from_pretrained(
            str(folder),
            local_files_only=True,
            num_hidden_layers=layers,
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,  # most texts have words changed by chance; dropout takes a third of a step
            attention_probs_dropout_prob=0.0,
            attn_implementation="eager",  # on CPUs the gradient of the fused one takes longer than all the rest
        )
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"cannot load the body in {folder} ({str(error).splitlines()[0]})") from error
    own = bert.get_input_embeddings().weight.detach().numpy()
    rows = np.zeros((len(pieces) + MARKS, own.shape[1]), np.float32)
    rows[: len(pieces)] = _bilingual(_english(tokenizer, own, pieces), tokenizer.get_vocab(), pieces, chances)
    rows[len(pieces) + CLS], rows[len(pieces) + SEP] = own[tokenizer.cls_token_id], own[tokenizer.sep_token_id]
    bert.embeddings.word_embeddings = nn.Embedding(1, own.shape[1])  # never used: rows come from outside
    return ReaderNet(bert, rows)


def _english(tokenizer: Any, own: NDArray[np.float32], pieces: Sequence[str]) -> NDArray[np.float32]:  # noqa: ANN401
    known = tokenizer.get_vocab()
    parts = [
        [known[piece]] if piece in known else tokenizer.encode(piece, add_special_tokens=False) for piece in pieces
    ]
    return np.stack([own[each or [tokenizer.unk_token_id]].mean(axis=0) for each in parts])


def _bilingual(
    english: NDArray[np.float32], known: dict[str, int], pieces: Sequence[str], chances: sparse.csr_matrix
) -> NDArray[np.float32]:
    from_english = chances.T.tocsr().astype(np.float64)
    from_english.data **= 2  # the likeliest translations tell most
    total = np.asarray(from_english.sum(axis=1)).ravel()
    french = np.asarray(from_english @ english) / np.maximum(total, 1e-12)[:, None]
    lengths = np.linalg.norm(english, axis=1)
    french *= (np.median(lengths) / np.maximum(np.linalg.norm(french, axis=1), 1e-6))[:, None]  # means are shorter
    translated = total > 0
    own = np.asarray([piece in known for piece in pieces])
    rows = english.copy()
    rows[translated & ~own] = french[translated & ~own]
    both = translated & own
    rows[both] = (english[both] + french[both]) / 2
    return rows.astype(np.float32)


def weights_of_pieces() -> NDArray[np.float32]:
    """Return (vocabulary,) how rare each piece is: the length of its row in the embedded encoder."""
    none = np.zeros(embedded().tokens, np.int64)
    return embedded().matrix(Words(np.arange(len(none), dtype=np.uint32), none, none, none + 1)).weights
