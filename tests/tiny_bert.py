"""A BERT of random weights, as small as one can be: what the trainings begin with in their tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index.train.vocabulary import PAD, UNKNOWN, tokenizer_of

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789?."


def save_tiny_bert(folder: Path, words: Sequence[str] = (), layers: int = 1) -> None:
    """Save a model that knows letters, and some words."""
    import torch
    from tokenizers import Tokenizer, models, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    pieces = [PAD, UNKNOWN, "[CLS]", "[SEP]", *LETTERS, *(f"##{letter}" for letter in LETTERS), *words]
    reference = tokenizer_of(pieces)
    tokenizer = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token=UNKNOWN))
    tokenizer.normalizer, tokenizer.pre_tokenizer = reference.normalizer, reference.pre_tokenizer
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token=UNKNOWN, pad_token=PAD, cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=16, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(folder)
