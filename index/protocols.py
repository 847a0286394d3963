"""What is asked of an index, wherever it is kept. `index.opened` gives one of this machine, `index.stores` any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from index.file_facts import FileFacts
from index.store import Generation
from index.types import DocumentInfo, Encoder, FileState, Passage, Skipped, WordMatrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Within: TypeAlias = Any
"""Some of an index's passages, as its own catalogue tells them to its own searches. Nobody else looks inside."""


class Passages(Protocol):
    """The documents of an index, and the passages that they are cut into."""

    def documents(self) -> list[DocumentInfo]:
        """Return every document, by source."""

    def document(self, doc_id: str) -> DocumentInfo:
        """Return one document.

        :raises KeyError: if there is no such document.
        """

    def text(self, doc_id: str) -> str:
        """Return a document's whole text; an empty one if there is no such document."""

    def passages(self, ids: Sequence[int]) -> tuple[list[Passage], list[DocumentInfo]]:
        """Return passages in the order of their ids, and the document that each is of.

        :raises KeyError: if there is no passage of an id.
        """

    def words(self, ids: Sequence[int]) -> list[bytes]:
        """Return the packed words of passages, in the order of their ids.

        :raises KeyError: if there is no passage of an id.
        """

    def passages_of(self, doc_id: str) -> list[Passage]:
        """Return the passages of a document, in order."""

    def line(self, doc_id: str, offset: int) -> int:
        """Return the number of the line, from 1, that an offset of a document stands in."""

    def page(self, doc_id: str, offset: int) -> int | None:
        """Return the number of the page, from 1, that an offset of a document stands on; None if it has no pages."""

    def skipped(self) -> tuple[Skipped, ...]:
        """Return the files that were not indexed, and why."""

    def skipped_hashes(self) -> dict[str, str | None]:
        """Return the digest of every file that looked like an article and was not indexed; None if it was not read."""

    def file_states(self) -> dict[str, FileState]:
        """Return the state of every file, indexed or skipped, when it was read."""

    def digests(self) -> Iterator[tuple[str, str]]:
        """Yield the source of every document and the digest of its file, by source."""

    def counts(self) -> Iterator[tuple[str, int]]:
        """Yield the source of every document and how many passages it has, by source."""

    def facts(self) -> list[FileFacts]:
        """Return what there is to tell of every file: by source, indexed ones first."""


class Dense(Protocol):
    """Nearest vectors."""

    @property
    def coarse(self) -> bool:
        """Whether what search finds must be scored anew, from the passages' words."""

    def search(
        self, queries: NDArray[np.float32], k: int, within: Within | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the k nearest passages of each query.

        :param queries: (q, dim) float32, unit rows.
        :return: scores and passage ids, each (q, at most k), best first; an id below 0 stands for none.
        """

    def scores(self, query: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (n,) inner products of passages with a (dim,) query.

        :raises KeyError: if an id is not in the index.
        """


class Lexical(Protocol):
    """BM25."""

    def search(
        self, question: str, question_language: str, k: int, within: Within | None = None
    ) -> list[tuple[int, float]]:
        """Return (passage id, BM25 score) of the k best passages, best first; equal ones by their ids."""

    def frequency(self, term: str) -> int:
        """Return the number of passages, of any language, that have a term."""


class Catalogue(Protocol):
    """The documents of an index, numbered from 0 in order of their sources, without reading all of them."""

    @property
    def count(self) -> int:
        """How many documents there are."""

    @property
    def listed(self) -> bool:
        """Whether all of them may be gone through. If not, only what is named can be had, and nothing by number."""

    def documents(self, numbers: Iterable[int]) -> list[DocumentInfo]:
        """Return some documents, in order."""

    def sizes(self, numbers: Iterable[int]) -> dict[str, int]:
        """Return the sizes of some documents' files, by source."""

    def sources(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Return the sources of some documents, in order."""

    def named(self, sources: Iterable[str]) -> dict[str, DocumentInfo]:
        """Return the documents of some sources, by source; those that there are."""

    def told(self) -> Iterator[tuple[int, str, str, str | None]]:
        """Yield the number, source, title and date of every document, in order."""

    def skipped(self) -> int:
        """Return how many files were skipped."""

    def numbers(self, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Return by name the documents of files, and of subfolders, which have a `/` at their end; maybe none."""

    def within(self, names: Sequence[str], admits: Callable[[str | None], bool] | None = None) -> Within | None:
        """Return the passages of some documents, or None if those are all that there are.

        :param names: files, and subfolders with a `/` at their end; none stand for all.
        :param admits: says of a document's date, or of None where it has none, whether it counts; None takes any.
        :raises UsageError: if there is no document of a name (`index.choice.check_known`).
        :raises EmptyChoiceError: if there is no document left.
        """


class Index(Protocol):
    """One sealed generation, opened. What is built later leaves it as it was. Safe to share between threads."""

    @property
    def generation(self) -> Generation:
        """What it says of itself. Its path names a folder of this machine only if it is kept on it."""

    @property
    def encoder(self) -> Encoder:
        """What its vectors are made by."""

    @property
    def passages(self) -> Passages:
        """Its documents and passages."""

    @property
    def dense(self) -> Dense:
        """Its vectors."""

    @property
    def lexical(self) -> Lexical:
        """Its terms."""

    @property
    def catalogue(self) -> Catalogue:
        """Its documents by number."""

    @property
    def version(self) -> str:
        """The version that answers name."""

    @property
    def folder(self) -> Path:
        """The folder of articles that was indexed, perhaps on another machine."""

    @property
    def place(self) -> str:
        """Where it is kept, as a user names it: an index folder, or the address of a store."""

    @property
    def side(self) -> Path:
        """The folder of this machine that keeps what belongs to the index and no build writes; perhaps not there."""

    def words(self, passage: Passage) -> WordMatrix:
        """Return the words of a passage, by the embedded encoder whatever the index's is."""

    def query_vector(self, text: str, words: WordMatrix) -> NDArray[np.float32]:
        """Return the (1, dim) unit vector of a question, without reading it again if its words give it.

        :param words: the question's words, as the embedded encoder gives them.
        """

    def close(self) -> None:
        """Let go of it."""
