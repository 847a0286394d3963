"""What decides a model, besides its data and its teacher."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of a training run.

    `vocabulary` and `batch` are the most tokens, and pairs a batch; `dim` the columns of
    a row; `taught` how many translated sentences the teacher reads; `rate` the highest
    learning rate; `save_every` the steps between checkpoints.
    """

    vocabulary: int
    dim: int
    steps: int
    batch: int
    taught: int
    rate: float
    save_every: int
    seed: int
