"""What decides a reader, besides its data, the embedded encoder and the body it begins with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of a training run.

    `layers` are taken from the bottom of the body; `batch` counts examples; `rate` is the
    highest learning rate; `save_every` the steps between checkpoints; `aligned` the most
    translated sentences of which clozes are made.
    """

    layers: int
    steps: int
    batch: int
    rate: float
    aligned: int
    save_every: int
    seed: int
