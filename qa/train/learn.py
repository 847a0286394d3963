"""Learning: transformers' trainer on batches of our own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from datasets import Dataset
from transformers import PrinterCallback, Trainer, TrainingArguments

from index.train.progress import Progress, last_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qa.train.batches import Batch
    from qa.train.net import ReaderNet
    from qa.train.options import Recipe

_WARMUP = 0.06  # of the steps
_DECAY = 0.01
_LARGEST_GRADIENT = 1.0


def learn(
    net: ReaderNet, batches: Callable[[int], Batch], recipe: Recipe, folder: Path, log: Callable[[str], None]
) -> None:
    """Train a reader in place.

    :param batches: the examples of a step, by its number from 0.
    :param folder: keeps the checkpoints; a run that finds one there goes on from it.
    """
    options = TrainingArguments(
        output_dir=str(folder),
        max_steps=recipe.steps,
        per_device_train_batch_size=1,  # a row of the data is a whole batch of ours
        learning_rate=recipe.rate,
        lr_scheduler_type="linear",
        warmup_steps=max(1, int(recipe.steps * _WARMUP)),
        weight_decay=_DECAY,
        adam_beta2=0.99,
        max_grad_norm=_LARGEST_GRADIENT,
        optim="adamw_torch_fused",
        seed=recipe.seed,
        save_steps=recipe.save_every,
        save_total_limit=1,
        logging_steps=max(1, min(50, recipe.steps // 10)),
        disable_tqdm=True,
        report_to=[],
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )
    trainer = Trainer(
        model=net,
        args=options,
        train_dataset=Dataset.from_dict({"number": list(range(recipe.steps))}),
        data_collator=_Collator(batches),
        callbacks=[Progress(log, recipe.steps)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=last_checkpoint(folder))


@dataclass(frozen=True, slots=True)
class _Collator:
    """Turns the number of a step into its batch."""

    batches: Callable[[int], Batch]

    def __call__(self, rows: list[dict[str, int]]) -> dict[str, torch.Tensor]:
        """Return what the net takes."""
        batch = self.batches(rows[0]["number"])
        told = {name: getattr(batch.rows, name) for name in ("ids", "types", "kinds", "matches", "mask")}
        return {
            name: torch.from_numpy(array)
            for name, array in {**told, "starts": batch.starts, "ends": batch.ends}.items()
        }
