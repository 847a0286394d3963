"""The embedded reader: a small transformer of our own, run by onnxruntime, and how another is put in its place.

Trained by `python -m qa.train`; after BERT's reading of SQuAD 2 (Devlin et al., NAACL
2019): logits of start and end for every token, and for none.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.encoder import embedded
from index.errors import ModelError
from index.tensors import mapped_tensors
from index.types import Passage
from index.words import unpack
from qa.reader_inputs import MARKS, MOST_READ, Rows, pieces_of, rows_of
from qa.types import Reader, TokenScores

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMBEDDED = "embedded"
READER_FOLDER = Path(__file__).parent / "model"
FORMAT = 1
FILES = ("rows.safetensors", "body.onnx")
_MOST_THREADS = 4


class EmbeddedReader:
    """Reads passages by the model of a folder. Safe to share between threads.

    :raises ModelError: if the model is missing, damaged, or made for another encoder.
    """

    name = EMBEDDED

    def __init__(self, folder: Path = READER_FOLDER) -> None:
        import onnxruntime

        try:
            told = json.loads((folder / "reader.json").read_text("utf-8"))
            if told["format"] != FORMAT:
                raise ModelError(f"it has format {told['format']}, want {FORMAT}")
            if told["encoder"] != embedded().identity:
                raise ModelError(f"it was made for the encoder {told['encoder']}, here is {embedded().identity}")
            self._digests = {name: str(told["sha256"][name]) for name in FILES}
            stored = mapped_tensors(folder / "rows.safetensors")
            self._rows, self._weights = stored["rows"], stored["weights"]
            if len(self._rows) != embedded().tokens + MARKS:
                raise ModelError(f"it has {len(self._rows):,} rows, want {embedded().tokens + MARKS:,}")
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = min(_MOST_THREADS, os.cpu_count() or 1)
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads rest
            self._body = onnxruntime.InferenceSession(
                str(folder / "body.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime and safetensors have exceptions of their own
            told = str(error).splitlines()[0] if str(error) else repr(error)
            raise ModelError(f"cannot load the reader in {folder} ({told}): install Sourcier again") from error

    @cached_property
    def identity(self) -> str:
        """A digest of the digests of the model's files, as they were when it was made."""
        return hashlib.sha256(json.dumps(self._digests, sort_keys=True).encode()).hexdigest()[:16]

    def scores(self, question: str, passages: Sequence[Passage]) -> list[TokenScores]:
        """Return what the reader says of each passage, word by word; words past the 320th piece are not read."""
        asked = pieces_of(question, embedded().words_of([question])[0])
        found = []
        for passage in passages:  # one by one: rounded together, passages would change each other's scores
            words = unpack(passage.words)
            rows = rows_of([(asked, pieces_of(passage.text, words))])
            starts, ends = self._run(rows)
            last = np.cumsum(words.counts) - 1
            read = last < MOST_READ
            found.append(
                TokenScores(
                    offsets=np.column_stack([words.starts, words.ends])[read],
                    starts=starts[rows.first[0] + (last - words.counts + 1)[read]],
                    ends=ends[rows.first[0] + last[read]],
                    none=float(starts[0] + ends[0]),
                )
            )
        return found

    def _run(self, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return (tokens,) logits of starts and of ends for the one row."""
        own = self._rows[rows.ids].astype(np.float32) * self._weights[rows.ids, None]
        told = {"rows": own, "types": rows.types, "kinds": rows.kinds, "matches": rows.matches, "mask": rows.mask}
        starts, ends = self._body.run(["starts", "ends"], told)
        return starts[0], ends[0]


@cache
def embedded_reader() -> EmbeddedReader:
    """Return the reader that comes with Sourcier, loaded once."""
    return EmbeddedReader()


def load_reader(name: str = EMBEDDED) -> Reader:
    """Return the reader that `--reader` names.

    :raises ModelError: if it cannot be loaded.
    """
    if name == EMBEDDED:
        return embedded_reader()
    from qa.transformer_reader import TransformerReader

    return TransformerReader(name)
