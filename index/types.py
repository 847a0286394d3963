"""The records that travel between the parts of Sourcier's index.

Offsets are half-open and count code points of the document's text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

Range = tuple[int, int]
"""A half-open pair of offsets."""

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all."""

LANGUAGES = ("fr", "en")
"""The languages that Sourcier reads; anything else is `und`."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a document, or a heading."""

    start: int
    end: int
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """An article: its text as decoded from the file, and what is known of it.

    `headings` are the lines that announce what follows; `left_out` is the page
    furniture (comment forms, calls to readers, repeated titles) that is kept in
    `text`, so that offsets stay true, and never offered as an answer. `pages` are the
    offsets where the pages of a file that has some start.
    """

    doc_id: str
    source: str
    title: str
    text: str
    language: str
    date: str | None
    date_origin: str | None
    sha256: str
    extraction: str
    headings: tuple[Range, ...] = ()
    left_out: tuple[Range, ...] = ()
    author: str | None = None
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document, made of whole sentences wherever they fit.

    `document.text[start:end] == text` always holds; `sentences` carry offsets
    in the document, not in the passage. `words` are the text's, packed by
    `index.words`; they are empty before a build has read the passage.
    """

    passage_id: int
    doc_id: str
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]
    words: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; every score is higher when better."""

    passage: Passage
    document: DocumentInfo
    rank: int
    score: float
    lexical: float
    dense: float
    late: float


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What a citation needs of a document, without its text."""

    doc_id: str
    source: str
    title: str
    language: str
    date: str | None
    sha256: str
    extraction: str
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not indexed, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileState:
    """What the file system says of a file, to notice a change without reading it.

    `mtime_ns` is what whoever writes a file says of it, and may be set back; `ctime_ns` is when the
    file was last touched at all. Windows has when it was made instead.
    """

    source: str
    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class WordMatrix:
    """The words of a text, each with a vector.

    `offsets` (n, 2) are half-open in the text; `rows` (n, dim) are unit vectors;
    `weights` (n,) are their lengths before scaling: rare words weigh more.
    """

    offsets: NDArray[np.int64]
    rows: NDArray[np.float32]
    weights: NDArray[np.float32]

    def vector(self) -> NDArray[np.float32]:
        """Return the (dim,) unit vector of the whole text; zero if it has no words."""
        vector: NDArray[np.float32] = self.weights @ self.rows
        vector /= max(float(vector @ vector) ** 0.5, 1e-12)
        return vector


class Encoder(Protocol):
    """Turns texts into unit vectors. The narrow seam to every embedding model."""

    @property
    def name(self) -> str:
        """What `--model` was given, or `embedded`."""

    @property
    def identity(self) -> str:
        """A digest of what decides the vectors: equal identities, equal vectors."""

    @property
    def dim(self) -> int:
        """The number of dimensions of a vector."""

    def fits(self, texts: Sequence[str]) -> list[bool]:
        """Say of each passage whether the model reads it whole, its prompt and marks included."""

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows for passages."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dim) unit rows for questions."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: counts of documents, and the files that it skipped.

    `upgraded` are the libraries for which it read every file anew: another version of them built the index before.
    `waiting` are the parts of the folder that other machines have yet to build before its version can be told.
    """

    version: str
    documents: int
    passages: int
    added: int
    changed: int
    removed: int
    skipped: tuple[Skipped, ...] = field(default=())
    rebuilt: bool = True
    upgraded: tuple[str, ...] = field(default=())
    waiting: tuple[int, ...] = field(default=())
