"""Learning: sentence-transformers' StaticEmbedding, losses and trainer, on batches of our own."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from transformers import PrinterCallback

from index.train.losses import PooledAndLate
from index.train.progress import Progress, last_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from index.train.tokens import Texts

_SCALE = 20.0  # one over the temperature
_SHORT = 64  # columns that must do on their own as well


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast to learn. `rate` is the highest learning rate; `save_every` counts steps."""

    steps: int
    rate: float
    save_every: int
    seed: int


def learn(
    rows: NDArray[np.float32],
    tokenizer: Tokenizer,
    batches: Callable[[int], tuple[Texts, Texts]],
    course: Course,
    folder: Path,
    log: Callable[[str], None],
) -> NDArray[np.float32]:
    """Return the rows after some steps of contrastive learning.

    Within a batch each left text must find its own right text among all, and the other
    way round (multiple negatives ranking, Henderson et al. 2017), with all columns and
    with the first 64 (Matryoshka, Kusupati et al., NeurIPS 2022); for some pairs by late
    interaction too.

    :param rows: (vocabulary, dim), to begin with.
    :param batches: the pairs of a step, by its number from 0.
    :param folder: keeps the checkpoints; a run that finds one there goes on from it.
    """
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=rows.copy())])
    loss: torch.nn.Module = MultipleNegativesRankingLoss(
        model, scale=_SCALE, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"
    )
    if rows.shape[1] > _SHORT:
        loss = MatryoshkaLoss(model, loss, [rows.shape[1], _SHORT], [1.0, 0.5])
    pieces = sorted(tokenizer.get_vocab().items(), key=itemgetter(1))
    loss = PooledAndLate(model, loss, torch.tensor([piece.startswith("##") for piece, _ in pieces]))
    options = SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        max_steps=course.steps,
        per_device_train_batch_size=1,  # a row of the data is a whole batch of ours
        learning_rate=course.rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, course.steps // 10),
        weight_decay=0.0,
        adam_beta2=0.99,
        max_grad_norm=0.0,
        optim="adamw_torch_fused",
        seed=course.seed,
        save_steps=course.save_every,
        save_total_limit=1,
        logging_steps=max(1, min(100, course.steps // 10)),
        disable_tqdm=True,
        report_to=[],
        dataloader_pin_memory=False,
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        args=options,
        train_dataset=Dataset.from_dict({"left": list(range(course.steps)), "right": list(range(course.steps))}),
        loss=loss,
        data_collator=_Collator(batches),  # type: ignore[arg-type]  # the trainer asks only to call it
        callbacks=[Progress(log, course.steps)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    learned: NDArray[np.float32] = model.state_dict()["0.embedding.weight"].float().cpu().numpy()
    return learned


class _Collator:
    """Turns the number of a step into its batch, in the form that StaticEmbedding reads.

    :param batches: the pairs of a step.
    """

    valid_label_columns: tuple[str, ...] = ()

    def __init__(self, batches: Callable[[int], tuple[Texts, Texts]]) -> None:
        self._batches = batches

    def __call__(self, rows: list[dict[str, int]]) -> dict[str, torch.Tensor]:
        """Return the features of the batch that the one row names."""
        features = {}
        for side, texts in zip(("left", "right"), self._batches(rows[0]["left"]), strict=True):
            features[f"{side}_input_ids"] = torch.from_numpy(texts.ids.astype("int64"))
            features[f"{side}_offsets"] = torch.from_numpy(texts.offsets[:-1])
        return features
