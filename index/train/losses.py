"""The loss: texts find each other by their mean vectors and, for some pairs, word by word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor, nn

LATE_SHARE = 0.5  # of the late interaction's loss, the other's counting 1
LATE_PAIRS = 64  # of each batch: word by word is dear
_LATE_SCALE = 25.0  # one over the temperature
_NORM_POWER, _RARITY_POWER = 1.5, 2.0  # how words weigh in search, when this model was first made


class PooledAndLate(torch.nn.Module):
    """The loss of some pairs' mean vectors, and of their late interaction.

    Late interaction is that of search: each word of the left text takes its best cosine
    among the right text's words, weighted by its length and by how little it is matched
    everywhere (after ColBERT, Khattab and Zaharia, SIGIR 2020).

    :param pooled: the loss of the mean vectors.
    :param continues: (vocabulary,) which tokens go on with a word that began before.
    """

    continues: Tensor

    def __init__(self, model: SentenceTransformer, pooled: nn.Module, continues: Tensor) -> None:
        super().__init__()
        self.pooled = pooled
        self._rows = [dict(model.named_parameters())["0.embedding.weight"]]  # in a list: they are the model's
        self.register_buffer("continues", continues, persistent=False)

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Tensor) -> Tensor:
        """Return the loss of a batch, whose two columns hold `input_ids` and `offsets`."""
        left, right = features = list(sentence_features)
        scores = self._late_scores(left, right) * _LATE_SCALE
        own = torch.arange(len(scores), device=scores.device)
        late = (functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)) / 2
        pooled: Tensor = self.pooled(features, labels)
        return pooled + LATE_SHARE * late

    def _late_scores(self, left: dict[str, Tensor], right: dict[str, Tensor]) -> Tensor:
        """Return (pairs, pairs): how much of each left text each right text speaks of."""
        words, text_of, pairs = self._words(left)
        other, other_text, _ = self._words(right)
        cosines = functional.normalize(other, dim=1) @ functional.normalize(words, dim=1).T
        lengths = torch.bincount(other_text, minlength=pairs)
        best = torch.segment_reduce(cosines, "max", lengths=lengths, axis=0, initial=0.0).T
        weights = words.norm(dim=1) ** _NORM_POWER
        weights = weights * (1.0 - best.detach().mean(dim=1) + 1e-3) ** _RARITY_POWER
        sums = best.new_zeros(pairs, pairs).index_add(0, text_of, best * weights[:, None])
        return sums / best.new_zeros(pairs).index_add(0, text_of, weights).clamp(min=1e-6)[:, None]

    def _words(self, features: dict[str, Tensor]) -> tuple[Tensor, Tensor, int]:
        """Return the words of the first pairs: (words, dim) sums of their pieces' rows, (words,) texts, pairs."""
        offsets = features["offsets"]
        pairs = min(LATE_PAIRS, len(offsets))
        ids = features["input_ids"][: offsets[pairs] if pairs < len(offsets) else None]
        bounds = torch.cat([offsets[:pairs], offsets.new_tensor([len(ids)])])
        text_of = torch.repeat_interleave(torch.arange(pairs, device=ids.device), bounds.diff())
        begins = ~self.continues[ids]
        begins[bounds[:-1][bounds.diff() > 0]] = True
        word_of = begins.cumsum(0) - 1
        rows = functional.embedding(ids, self._rows[0])
        words = rows.new_zeros(int(begins.sum()), rows.shape[1]).index_add(0, word_of, rows)
        return words, text_of[begins], pairs
