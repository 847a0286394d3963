"""Tiny question-answering models with random weights, and how they score when asked plainly, one by one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from index.types import Passage
from qa.types import TokenScores

TEXTS = (
    "L'accord vaut 33,5 milliards, « oui » : aujourd'hui c'est l'œuvre d'un cœur naïf 😀, cafe\u0301 co\u00adopéré.",
    "The deal is worth 1.000 US-dollars (27.5 % of it since 2019), isn't it? Covid-19…",
    "Sam Altman dirige OpenAI.",
)
WORDS = (
    [
        *("L", "'", "accord", "vaut", "33,5", "milliards", ",", "«", "oui", "»", ":", "aujourd", "'", "hui", "c", "'"),
        *("est", "l", "'", "œuvre", "d", "'", "un", "cœur", "naïf", "😀", ",", "cafe\u0301", "co\u00adopéré", "."),
    ],
    [
        *("The", "deal", "is", "worth", "1.000", "US", "-", "dollars", "(", "27.5", "%", "of", "it", "since", "2019"),
        *(")", ",", "isn", "'", "t", "it", "?", "Covid", "-", "19", "…"),
    ],
    ["Sam", "Altman", "dirige", "OpenAI", "."],
)
FAMILIES = ("bert", "distilbert", "roberta", "camembert", "electra", "convbert", "t5")
LENGTH = 64


def passage(text: str) -> Passage:
    return Passage(0, "d", 0, len(text), text, ())


def save_tokenizer(folder: Path, family: str, length: int | None = None) -> int:
    """Save a fast tokenizer of a family's kind, learnt on TEXTS, and return its number of tokens."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    bert = family not in ("roberta", "camembert", "t5")
    cls, sep, pad, unk = ("[CLS]", "[SEP]", "[PAD]", "[UNK]") if bert else ("<s>", "</s>", "<pad>", "<unk>")
    special = [pad, unk, cls, sep]
    learnt: dict[str, Any] = {"special_tokens": special, "show_progress": False}
    if bert:
        tokenizer = Tokenizer(models.WordPiece(unk_token=unk))  # type: ignore[call-arg]
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.train_from_iterator(TEXTS[:1], trainers.WordPieceTrainer(vocab_size=120, **learnt))
        tokenizer.post_processor = processors.BertProcessing((sep, 3), (cls, 2))
    elif family == "roberta":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        learnt["initial_alphabet"] = pre_tokenizers.ByteLevel.alphabet()
        tokenizer.train_from_iterator(TEXTS[:1], trainers.BpeTrainer(vocab_size=290, **learnt))
        tokenizer.post_processor = processors.RobertaProcessing((sep, 3), (cls, 2), trim_offsets=False)
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.train_from_iterator(TEXTS[:1] * 3, trainers.UnigramTrainer(vocab_size=60, unk_token=unk, **learnt))
        alone, beside = ("$A </s>", "$B </s>") if family == "t5" else ("<s> $A </s>", "</s> $B </s>")
        tokenizer.post_processor = processors.TemplateProcessing(alone, f"{alone} {beside}", [("<s>", 2), ("</s>", 3)])
    told: dict[str, Any] = {"model_max_length": length} if length else {}
    if bert and family != "distilbert":
        told["model_input_names"] = ["input_ids", "token_type_ids", "attention_mask"]
    if family != "t5":
        told |= {"cls_token": cls, "bos_token": cls}
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token=unk, pad_token=pad, sep_token=sep, padding_side="left", **told
    ).save_pretrained(folder)
    return tokenizer.get_vocab_size()


def config_of(family: str, tokens: int) -> Any:
    """Return the configuration of a model of one layer, which has LENGTH positions."""
    import transformers

    layer = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    own = {"pad_token_id": 0, "max_position_embeddings": LENGTH, "vocab_size": tokens}
    if family == "distilbert":
        return transformers.DistilBertConfig(dim=16, n_layers=1, n_heads=2, hidden_dim=16, **own)
    if family == "t5":
        return transformers.T5Config(
            d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0, vocab_size=tokens
        )
    if family in ("roberta", "camembert"):  # whose positions begin after the padding's
        kind = transformers.RobertaConfig if family == "roberta" else transformers.CamembertConfig
        return kind(**layer, **own | {"max_position_embeddings": LENGTH + 1}, type_vocab_size=1)
    if family == "bert":
        return transformers.BertConfig(**layer, **own)
    kind = {"electra": transformers.ElectraConfig, "convbert": transformers.ConvBertConfig}[family]
    return kind(embedding_size=16, **layer, **own)


def save_model(folder: Path, family: str = "bert", length: int | None = None, seed: int = 0, **changes: Any) -> str:
    """Save a model with its tokenizer. Its weights are large enough for its scores to differ."""
    import torch
    from transformers import AutoModelForQuestionAnswering

    folder.mkdir(parents=True, exist_ok=True)
    config = config_of(family, save_tokenizer(folder, family, length))
    config.update(changes)
    torch.manual_seed(seed)
    model = AutoModelForQuestionAnswering.from_config(config)
    for weights in model.parameters():
        if weights.dim() > 1:
            torch.nn.init.normal_(weights, std=0.5)
    model.save_pretrained(folder)
    return str(folder)


@cache
def loaded(folder: str) -> tuple[Any, Any]:
    """Return the tokenizer and the model of a folder, as transformers loads them."""
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    model = AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32)
    return AutoTokenizer.from_pretrained(folder), model.eval()


def plain(folder: str, question: str, text: str, **cut: Any) -> tuple[list[tuple[int, int]], np.ndarray, float]:
    """Ask a model as transformers' own examples do: return the pieces' offsets and best logits, and the least none."""
    import torch

    tokenizer, model = loaded(folder)
    shown = tokenizer(question, text, split_special_tokens=True, **cut)
    rows = shown["input_ids"] if cut else [shown["input_ids"]]
    pieces: dict[tuple[int, int, int], np.ndarray] = {}
    nones = []
    for encoding, ids in zip(shown.encodings, rows, strict=True):
        inputs = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
        if "token_type_ids" in tokenizer.model_input_names:
            inputs["token_type_ids"] = torch.tensor([encoding.type_ids])
        with torch.no_grad():
            output = model(**inputs)
        logits = torch.stack([output.start_logits[0], output.end_logits[0]], -1).numpy()
        nones.append(float(logits[0].sum()))
        seen: dict[tuple[int, int], int] = {}
        for place, side in enumerate(encoding.sequence_ids):
            if side == 1:
                start, end = encoding.offsets[place]
                seen[start, end] = seen.get((start, end), -1) + 1  # pieces of one character have the same offsets
                key = (start, end, seen[start, end])
                pieces[key] = np.maximum(pieces.get(key, logits[place]), logits[place])
    ordered = sorted(pieces)
    return [(start, end) for start, end, _ in ordered], np.stack([pieces[key] for key in ordered]), min(nones)


def agrees(told: TokenScores, text: str, expected: tuple[list[tuple[int, int]], np.ndarray, float]) -> bool:
    """Say whether scores are those of the first and the last piece of each of their words."""
    offsets, logits, none = expected
    trimmed = [
        (start + len(text[start:end]) - len(text[start:end].lstrip()), start + len(text[start:end].rstrip()))
        for start, end in offsets
    ]
    inside = [
        [n for n, (s, e) in enumerate(trimmed) if s < e and start <= s and e <= end] for start, end in told.offsets
    ]
    assert sum(map(len, inside)) == sum(start < end for start, end in trimmed)
    starts, ends = [logits[each[0], 0] for each in inside], [logits[each[-1], 1] for each in inside]
    assert np.allclose(told.starts, starts, atol=2e-5)
    assert np.allclose(told.ends, ends, atol=2e-5)
    assert abs(told.none - none) < 2e-5
    return True
