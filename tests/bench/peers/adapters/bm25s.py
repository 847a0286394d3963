"""bm25s: BM25 alone, with Snowball's stemmers."""

from __future__ import annotations

from pathlib import Path

STEMMERS = {"fr": "french", "en": "english"}


class Peer:
    modes = ("bm25",)
    notes = (
        "BM25 alone, no vectors; Snowball's stemmer and bm25s's stop words of the paragraph's language",
        "one index for the paragraphs of each language; a question, less the stop words of both, is stemmed as those"
        " of each and asked of both, and what is found is ordered by score",
    )

    def load(self, model: str | None, asking: bool) -> None:
        import bm25s
        import Stemmer
        from bm25s.stopwords import STOPWORDS_EN, STOPWORDS_FRENCH

        self._bm25s, self._stop_words = bm25s, [*STOPWORDS_FRENCH, *STOPWORDS_EN]
        self._stemmers = {language: Stemmer.Stemmer(name) for language, name in STEMMERS.items()}

    def index(self, paragraphs: list[dict[str, str]], folder: Path) -> None:
        for language in sorted({each["language"] for each in paragraphs}):
            some = [each for each in paragraphs if each["language"] == language]
            index = self._bm25s.BM25()
            index.index(self._tokens([each["text"] for each in some], language, language), show_progress=False)
            index.save(str(folder / language), corpus=[{"id": each["id"], "text": each["text"]} for each in some])

    def open(self, folder: Path) -> None:
        self._indexes = {
            path.name: self._bm25s.BM25.load(str(path), load_corpus=True) for path in sorted(folder.iterdir())
        }

    def search(self, question: str, language: str, k: int, mode: str) -> list[str]:
        found = []
        for name, index in self._indexes.items():
            tokens = self._tokens([question], name, self._stop_words)
            most = min(k, index.scores["num_docs"])
            documents, scores = index.retrieve(tokens, k=most, show_progress=False, n_threads=0)
            found += zip(scores[0].tolist(), (each["id"] for each in documents[0]), strict=True)
        found.sort(key=lambda each: -each[0])
        return [each for score, each in found[:k] if score > 0]

    def _tokens(self, texts: list[str], language: str, stop_words: str | list[str]):
        return self._bm25s.tokenize(
            texts, stopwords=stop_words, stemmer=self._stemmers[language], show_progress=False, return_ids=True
        )
