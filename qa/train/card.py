"""The model card that comes with a trained reader: what it is, how it was made, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from index.train.card import licence_of

if TYPE_CHECKING:
    from qa.train.options import Recipe


def card(recipe: Recipe, body: str, sizes: Mapping[str, int]) -> str:
    """Return a model card, in Markdown.

    :param body: what the reader began with, and its licence.
    :param sizes: how many questions, or sentences for clozes, each source gave.
    """
    options = "\n".join(f"    --{name.replace('_', '-')} {value}" for name, value in asdict(recipe).items())
    sources = "\n".join(f"| {name} | {size:,} | {licence_of(name)} |" for name, size in sorted(sizes.items()))
    return f"""---
license: other
language: [fr, en]
library_name: onnx
pipeline_tag: question-answering
---

# An extractive reader of French and English

A transformer of {recipe.layers} layers over rows of its own for the tokens of Sourcier's embedded encoder. For a
question and a passage it gives each word a logit to start the answer and one to end it, and one to there being no
answer. `body.onnx` holds the layers, their weights in seven bits; `rows.safetensors` the rows, a byte a number. It runs
by onnxruntime, without torch.

## How it was made

By `python -m qa.train`, from the data below, beginning with {body}, with these options:

{options}

1. Body: the lower layers of the English model. Rows: its own for the pieces that it knows, the mean of their parts for
   other English words, and for French ones the mean of the rows of the English words that translate them, as IBM
   Model 1 learns from the translated sentences.
2. Each token is also told how its word is written (capitals, digits, marks, a piece that continues a word), and how
   well it is matched on the other side by the rows of the embedded encoder.
3. Examples: questions with their paragraphs, cut at chance to whole sentences around the answer; two in five questions
   and one in four passages put into the other language word by word; one question in six asked of another paragraph,
   near in meaning, that does not answer; and clozes, a quarter of all: a sentence without some of its words, asked of
   its translation, or of itself, among other sentences.
4. Loss: cross-entropy of the start and of the end, over the passage and `no answer`.

## Data

| source | questions or sentences | what it is, and its licence |
|---|---:|---|
{sources}
"""
