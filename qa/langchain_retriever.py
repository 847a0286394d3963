"""Sourcier as a retriever of LangChain: passages word for word, each with the place it stands at."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from types import TracebackType

from index.errors import UsageError
from index.types import Hit
from qa.nearest import nearest
from qa.question import read_question
from qa.session import DEFAULT_K, MAX_K, Session

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ModuleNotFoundError:
    raise ImportError("SourcierRetriever needs langchain-core: pip install 'sourcier[langchain]'") from None
from pydantic import Field, PrivateAttr


class SourcierRetriever(BaseRetriever):
    """Finds the passages of a folder of articles, in French and English, that are nearest to a question.

    `index` is the index folder, by default the folder's own; `store` is the address of an index
    that many machines share, in place of both; `k` is how many passages are given. With `read`
    they come in the order in which an answer lists them, which takes some ten times longer;
    without, in that of retrieval.

    A folder's index is brought up to date at the first question. Safe to share between threads.

    >>> with SourcierRetriever.of_folder("articles", k=3) as retriever:  # doctest: +SKIP
    ...     for document in retriever.invoke("Qui dirige Microsoft ?"):
    ...         print(document.metadata["source"], document.metadata["line"], document.page_content)
    """

    folder: str | None = None
    index: str | None = None
    store: str | None = None
    k: int = Field(default=DEFAULT_K, ge=1, le=MAX_K)
    read: bool = False

    _session: Session | None = PrivateAttr(default=None)
    _opening: Lock = PrivateAttr(default_factory=Lock)

    @classmethod
    def of_folder(
        cls, folder: str | Path, index: str | Path | None = None, k: int = DEFAULT_K, read: bool = False
    ) -> SourcierRetriever:
        """Bring the index of a folder up to date, and return its retriever.

        :raises SourcierError: as `Session.of_folder` does.
        """
        retriever = cls(folder=str(folder), index=None if index is None else str(index), k=k, read=read)
        retriever._opened()
        return retriever

    @classmethod
    def of_store(cls, store: str, k: int = DEFAULT_K, read: bool = False) -> SourcierRetriever:
        """Return the retriever of an index that many machines share, as it stands when this is called.

        :raises SourcierError: as `Session.of_store` does.
        """
        retriever = cls(store=store, k=k, read=read)
        retriever._opened()
        return retriever

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Say that LangChain may write it down: by its folder, which is opened again where it is read."""
        return True

    def close(self) -> None:
        """Let go of the index's files. Another question opens them again, as they are then."""
        with self._opening:
            session, self._session = self._session, None
        if session:
            session.close()

    def __enter__(self) -> SourcierRetriever:
        """Return the retriever itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the index."""
        self.close()

    def _opened(self) -> Session:
        with self._opening:
            if self._session is None and self.store:
                self._session = Session.of_store(self.store)
            elif self._session is None:
                if self.folder is None:
                    raise UsageError("nothing to find passages in: name a folder or a store")
                self._session = Session.of_folder(Path(self.folder), Path(self.index) if self.index else None)
            return self._session

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        most = self.k if k is None else k
        if not 1 <= most <= MAX_K:
            raise ValueError(f"k is {most}, want 1 to {MAX_K}")
        session = self._opened()
        hits = session.ask(query, k=most).passages if self.read else nearest(session, read_question(query), most)
        return [_document(session, hit) for hit in hits]


def _document(session: Session, hit: Hit) -> Document:
    passage, document = hit.passage, hit.document
    name = f"{document.source}#{passage.start}-{passage.end}"
    return Document(
        id=name,
        page_content=passage.text,
        metadata={
            "id": name,  # where retrievers that mix several look for it
            "source": document.source,
            "title": document.title,
            "date": document.date,
            "language": document.language,
            "start": passage.start,
            "end": passage.end,
            "line": session.index.passages.line(passage.doc_id, passage.start),
            "page": session.index.passages.page(passage.doc_id, passage.start),
            "sha256": document.sha256,
            "score": hit.score,
            "rank": hit.rank,
        },
    )
