"""Documents and passages as rows of Milvus, and back."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.documents import doc_id_of
from index.milvus.schema import ALIVE, PIECE_BYTES, UNUSED, UNUSED_VECTOR
from index.milvus.weights import passage_vector
from index.sentence_bytes import pack_sentences, unpack_sentences
from index.types import Document, DocumentInfo, FileState, Passage, Skipped

Row = dict[str, Any]

PASSAGE = ("id", "doc_id", "start", "text", "sentences", "words")
"""The fields that `passage_of` reads."""
INFO = ("doc_id", "source", "title", "language", "date", "sha256", "extraction", "author")
"""The fields that `info_of` reads."""
STATE = ("source", "size", "mtime_ns", "ctime_ns")
"""The fields that `state_of` reads."""
_UNKNOWN = FileState("", -1, 0, 0)  # of a file that does not even look like an article
_ID_BITS = 63


@dataclass(frozen=True, slots=True)
class Rest:
    """What is known of a document beyond its own fields.

    `before` is what was left out before some of its passages, by where they start: what was too long to stand with
    them; `after` is what stands after the last.
    """

    pages: tuple[int, ...] = ()
    after: str = ""
    before: Mapping[int, str] = field(default_factory=dict)


def passage_id(doc_id: str, sha256: str, start: int, born: int) -> int:
    """Return the id of a passage: the same whenever the same build writes it."""
    told = f"{doc_id} {sha256} {start} {born}"
    return int.from_bytes(hashlib.blake2b(told.encode(), digest_size=8).digest(), "big") >> (64 - _ID_BITS)


def passage_rows(
    document: Document, passages: Sequence[Passage], born: int, terms: Iterable[str], vectors: NDArray[np.float32]
) -> Iterator[Row]:
    """Yield the rows of all passages of a document, in order.

    :param passages: with their words.
    :param born: the generation that is built.
    :param terms: of each passage, with blanks between them.
    :param vectors: (n, dim) unit rows.
    """
    befores = _befores(document, passages)
    for passage, before, said, vector in zip(passages, befores, terms, vectors, strict=True):
        listed = said.split()
        yield {
            "id": passage_id(document.doc_id, document.sha256, passage.start, born),
            "doc_id": document.doc_id,
            "source": document.source,
            "date": document.date or "",
            "language": document.language,
            "start": passage.start,
            "length": len(listed),
            "born": born,
            "died": ALIVE,
            "text": passage.text,
            "before": before if fits(before) else "",
            "sentences": _ascii(pack_sentences(passage.sentences, passage.start)),
            "words": _ascii(passage.words),
            "dense": vector.tolist(),
            "sparse": passage_vector(listed, document.language),
        }


def document_rows(document: Document, passages: Sequence[Passage], state: FileState, born: int) -> list[Row]:
    """Return the rows of a document: to be written after those of its passages."""
    befores = zip(passages, _befores(document, passages), strict=True)
    rest = {
        "pages": list(document.pages),
        "after": document.text[passages[-1].end if passages else 0 :],
        "before": {passage.start: before for passage, before in befores if not fits(before)},
    }
    told = {
        "source": document.source,
        "date": document.date or "",
        "title": document.title,
        "author": document.author or "",
        "language": document.language,
        "sha256": document.sha256,
        "extraction": document.extraction,
        "date_origin": document.date_origin or "",
        "passages": len(passages),
        "sentences": sum(len(passage.sentences) for passage in passages),
        **_state(state),
    }
    return _pieces(document.doc_id, born, told, json.dumps(rest, ensure_ascii=False))


def skipped_rows(skipped: Skipped, state: FileState | None, sha256: str | None, born: int) -> list[Row]:
    """Return the row of a file that was not indexed.

    :param state: None for one that does not look like an article.
    :param sha256: None if it was not read.
    """
    told = {"source": skipped.source, "reason": skipped.reason, "sha256": sha256 or "", **_state(state or _UNKNOWN)}
    return _pieces(doc_id_of(skipped.source), born, told, "")


def passage_of(row: Mapping[str, Any]) -> Passage:
    """Return the passage that a row holds."""
    start, text = int(row["start"]), row["text"]
    sentences = unpack_sentences(base64.b64decode(row["sentences"]), start)
    words = base64.b64decode(row["words"])
    return Passage(int(row["id"]), row["doc_id"], start, start + len(text), text, sentences, words)


def info_of(row: Mapping[str, Any]) -> DocumentInfo:
    """Return what a citation needs of the document that a row holds."""
    told = {name: row[name] for name in INFO}
    return DocumentInfo(**told | {"date": row["date"] or None, "author": row["author"] or None})


def state_of(row: Mapping[str, Any]) -> FileState | None:
    """Return the state in which a file was read, or None if it did not even look like an article."""
    state = FileState(*(row[name] for name in STATE))
    return state if state.size >= 0 else None


def rest_of(rows: Iterable[Mapping[str, Any]]) -> Rest:
    """Return what is known of a document beyond its own fields.

    :param rows: all of its rows, in any order.
    """
    told = json.loads("".join(row["rest"] for row in sorted(rows, key=lambda row: int(row["piece"]))) or "{}")
    before = {int(start): text for start, text in told.get("before", {}).items()}
    return Rest(tuple(told.get("pages", ())), told.get("after", ""), before)


def fits(text: str) -> bool:
    """Say whether a text fits in one field."""
    return len(text.encode()) <= PIECE_BYTES


def _pieces(doc_id: str, born: int, told: Row, rest: str) -> list[Row]:
    """Return the row of a file, and those that go on with what does not fit in it."""
    texts = ("source", "date", "title", "author", "reason", "language", "sha256", "extraction", "date_origin")
    numbers = {"size": -1, "mtime_ns": 0, "ctime_ns": 0, "passages": 0, "sentences": 0, "died": ALIVE}
    blank: Row = dict.fromkeys(texts, "") | numbers | {UNUSED: list(UNUSED_VECTOR)}
    return [
        {"key": f"{doc_id}.{born}.{piece}", "doc_id": doc_id, "piece": piece, "born": born}
        | blank
        | (told if piece == 0 else {})
        | {"rest": text}
        for piece, text in enumerate(_cut(rest))
    ]


def _cut(text: str) -> list[str]:
    """Return a text in pieces that fit in a field, at least one."""
    told, pieces, first = text.encode(), [""], 0
    while first < len(told):
        piece = told[first : first + PIECE_BYTES].decode(errors="ignore")  # without half a character at its end
        pieces.append(piece)
        first += len(piece.encode())
    return pieces[1:] or pieces


def _befores(document: Document, passages: Sequence[Passage]) -> list[str]:
    """Return what was left out before each passage."""
    ends = [0, *(passage.end for passage in passages)]
    return [document.text[end : passage.start] for end, passage in zip(ends, passages, strict=False)]


def _state(state: FileState) -> dict[str, int]:
    return {"size": state.size, "mtime_ns": state.mtime_ns, "ctime_ns": state.ctime_ns}


def _ascii(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
