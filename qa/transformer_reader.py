"""Passages to scores of their words, by any extractive question-answering model of transformers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from index.local_model import NOT_AT_HAND, cannot_load, described, digest, is_at_hand, quiet
from index.types import Passage
from qa.types import TokenScores
from qa.whole_words import whole_words

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

_WANTED = "a question-answering model of transformers with a fast tokenizer"
_MOST_TOKENS = 512  # in a row: models are trained on 384 to 512, and most passages have fewer than 300
_FEWEST_TOKENS = 16
_OVERLAP = 128  # tokens that two windows of a passage share: longer than any answer, with words around it
_BATCH = 16  # rows read at a time


@dataclass(frozen=True, slots=True)
class _Row:
    """A question and a window of a passage, as tokens with what is around them.

    `null` is where the model says that there is no answer; `places` are those of the
    window's pieces, of which the first is piece number `first` of the passage.
    """

    ids: list[int]
    types: list[int]
    null: int
    places: list[int]
    first: int


class TransformerReader:
    """Any model that `AutoModelForQuestionAnswering` loads, by name or path. Safe to share between threads.

    It reads on a GPU if there is one. torch is imported here and nowhere before.

    :raises ModelError: if the model cannot be loaded without a download, was not trained
        to answer, or has no fast tokenizer: only those say where in the text a token stands.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        if not is_at_hand(name):  # told before torch takes its seconds to load
            raise cannot_load("the reader", name, NOT_AT_HAND, _WANTED)
        try:
            import torch

            with quiet():
                self._model = _model(name)
                self._tokenizer = _tokenizer(name)
                self._pieces: Tokenizer = self._tokenizer.backend_tokenizer
                self._pieces.no_padding()
                self._pieces.no_truncation()  # rows are cut here, and nothing that threads share ever changes
                self._pieces.encode_special_tokens = True  # an article's own "[SEP]" or "</s>" is but text
                names = signature(self._model.forward).parameters.keys() & {*self._tokenizer.model_input_names}
                self._takes_types = "token_type_ids" in names
                self._most_tokens = _most_tokens(self._model, self._tokenizer)
                self._room = self._most_tokens - self._pieces.num_special_tokens_to_add(is_pair=True)
                self._batch = self._rows_at_a_time()
                self._model.to("cuda" if torch.cuda.is_available() else "cpu")  # type: ignore[arg-type]
        except Exception as error:  # the library raises whatever its back ends raise
            raise cannot_load("the reader", name, error, _WANTED) from error

    @cached_property
    def identity(self) -> str:
        """A digest of configuration, tokenizer, length of rows, and every weight."""
        config = self._model.config.to_diff_dict()
        config = {key: value for key, value in config.items() if key not in ("transformers_version", "dtype")}
        lengths = [self._most_tokens, _OVERLAP, self._takes_types, self._null_ids]
        told = [type(self._model).__name__, config, described(self._tokenizer), lengths]
        return digest(told, self._model.state_dict())

    def scores(self, question: str, passages: Sequence[Passage]) -> list[TokenScores]:
        """Return what the model says of each passage, word by word.

        A passage that is too long is read in windows that overlap. A piece's logits are
        then its best, since where it has little around it a model is seldom sure of it;
        `none` is the least of any window's, as SQuAD 2 has it: a window beside the answer
        rightly says that it holds none, and only if all say so does the passage hold none.
        """
        asked = self._asked(question)
        cut = self._pieces.encode_batch([passage.text for passage in passages], add_special_tokens=False)
        offsets = [encoding.offsets for encoding in cut]
        rows = [self._rows(asked, encoding) for encoding in cut]
        logits = iter(self._logits([row for each in rows for row in each]))
        told = []
        for passage, bounds, windows in zip(passages, offsets, rows, strict=True):
            best, none = np.full((len(bounds), 2), -np.inf, np.float32), np.inf
            for row, values in zip(windows, islice(logits, len(windows)), strict=True):
                part = best[row.first : row.first + len(row.places)]
                np.maximum(part, values[row.places], out=part)
                none = min(none, float(values[row.null].sum()))
            told.append(whole_words(passage.text, bounds, best, none))
        return told

    def _cut(self, text: str) -> Encoding:
        """Return the pieces of a text, without special tokens."""
        return self._pieces.encode(text, add_special_tokens=False)

    def _asked(self, question: str) -> Encoding:
        """Return the pieces of a question, which leave a passage half the room or more.

        Of a longer one the end is kept: what leads up to a question comes before it.
        """
        asked = self._cut(question.strip())
        if len(asked) > self._room // 2:
            asked.truncate(self._room // 2, direction="left")
        return asked

    def _rows(self, asked: Encoding, passage: Encoding) -> list[_Row]:
        """Return a row for each window of a passage, the only one for most. The passage's encoding is cut by it."""
        room = self._room - len(asked)
        overlap = min(_OVERLAP, room // 2)
        passage.truncate(room, stride=overlap)
        rows = []
        for number, window in enumerate([passage, *passage.overflowing]):
            pair = self._pieces.post_process(asked, window)
            special = [place for place, text in enumerate(pair.sequence_ids) if text is None]
            null = [place for sign in self._null_ids for place in special if pair.ids[place] == sign]
            places = [place for place, text in enumerate(pair.sequence_ids) if text == 1]
            rows.append(_Row(pair.ids, pair.type_ids, [*null, 0][0], places, number * (room - overlap)))
        return rows

    @property
    def _null_ids(self) -> list[int | None]:
        """The token that stands for no answer: the one for the whole row, else the one that begins it."""
        return [self._tokenizer.cls_token_id, self._tokenizer.bos_token_id]

    def _logits(self, rows: Sequence[_Row]) -> list[NDArray[np.float32]]:
        """Return (tokens, 2) logits of each row, in their order; rows of like length are read together."""
        import torch

        ordered = sorted(range(len(rows)), key=lambda number: len(rows[number].ids))
        told: list[NDArray[np.float32]] = [np.zeros((0, 2), np.float32)] * len(rows)
        for first in range(0, len(rows), self._batch):
            batch = ordered[first : first + self._batch]
            inputs = self._padded([rows[number] for number in batch])
            with torch.inference_mode():
                tensors = {name: torch.from_numpy(values).to(self._model.device) for name, values in inputs.items()}
                output = self._model(**tensors)
                logits = torch.stack([output.start_logits, output.end_logits], -1).cpu().numpy()
            for number, values in zip(batch, logits, strict=True):
                told[number] = values[: len(rows[number].ids)]
        return told

    def _rows_at_a_time(self) -> int:
        """Return how many rows to read together: one, if a longer row beside it changes what the model says of a row.

        It does where a model convolves or pools what is padded, and scores must not depend on what else is
        read. The longest row is tried before the model is on a GPU, where a position too many ends the process.
        """
        self._batch = _BATCH
        short, long = (self._rows(self._asked("a"), self._cut("a " * words))[0] for words in (1, _MOST_TOKENS))
        (alone,), beside = self._logits([short]), self._logits([short, long])[0]
        return _BATCH if np.allclose(alone, beside, rtol=1e-4, atol=1e-3) else 1

    def _padded(self, rows: Sequence[_Row]) -> dict[str, NDArray[np.int64]]:
        """Return a model's inputs, (rows, tokens).

        Padding follows each row, whatever the tokenizer does for training: where it came
        before, a model that counts positions from the left would read otherwise in a batch.
        """
        shape = (len(rows), max(len(row.ids) for row in rows))
        ids = np.full(shape, self._tokenizer.pad_token_id or 0, np.int64)
        types = np.full(shape, self._tokenizer.pad_token_type_id, np.int64)
        mask = np.zeros(shape, np.int64)
        for number, row in enumerate(rows):
            length = len(row.ids)
            ids[number, :length], types[number, :length], mask[number, :length] = row.ids, row.types, 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        return {**inputs, "token_type_ids": types} if self._takes_types else inputs


def _model(name: str) -> PreTrainedModel:
    """Load a model as float32, whatever it is kept as: half precision is slow and coarse on a CPU.

    :raises ValueError: if it has weights that no training has set, as the head of one that was not trained to answer.
    """
    import torch
    from transformers import AutoModelForQuestionAnswering

    model: PreTrainedModel
    model, told = AutoModelForQuestionAnswering.from_pretrained(
        name, local_files_only=True, trust_remote_code=False, dtype=torch.float32, output_loading_info=True
    )
    if missing := sorted(told["missing_keys"]):
        raise ValueError(
            f"it was not trained to answer, or is not whole: it has no weights {', '.join(missing[:2])}"
            f"{f' and {len(missing) - 2} others' if len(missing) > 2 else ''}"  # noqa: PLR2004
        )
    return model


def _tokenizer(name: str) -> PreTrainedTokenizerFast:
    """Load a fast tokenizer.

    :raises ValueError: if there is none.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=True, trust_remote_code=False)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ValueError(f"its tokenizer, {type(tokenizer).__name__}, is not a fast one")
    if not {*tokenizer.get_vocab()} - {*tokenizer.all_special_tokens, "▁"}:  # made up where there are no files of one
        raise ValueError("it has no tokenizer")
    return tokenizer


def _most_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> int:
    """Return the length of the longest row that a model reads, special tokens included.

    :raises ValueError: if that is too little for a question and a passage.
    """
    most = min(_MOST_TOKENS, tokenizer.model_max_length, *_positions(model))
    if most < _FEWEST_TOKENS:
        raise ValueError(f"it reads {most} tokens, too few for a question and a passage")
    return int(most)


def _positions(model: PreTrainedModel) -> Iterator[int]:
    """Yield how many positions a model has, where it says so: tokenizers say nothing, 1e30 or too much.

    Models of RoBERTa's kind count them from behind the padding's own, and have fewer than they say.
    """
    told = getattr(model.config, "max_position_embeddings", None)
    if isinstance(told, int) and told > 0:  # XLNet's is -1: any number
        yield told
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            yield module.num_embeddings - module.padding_idx - 1
