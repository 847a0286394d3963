"""Sourcier: each paragraph an article of its own; the passages found, or the whole answer."""

from __future__ import annotations

from pathlib import Path

ARTICLES = "articles"  # beside the index: what a user has before anything is indexed
LISTED = 40  # passages of an answer, likewise
CANDIDATES = 200  # passages asked for, so that enough articles are left when several are of one


class Peer:
    """The library's own parts for passages, `Session.ask` for the answer."""

    modes = ("passages", "answer")
    notes = (
        "passages: retrieval alone, ten articles, as the others give; answer: also the reader, the citation, the"
        " comparison of sources and the refusal, and the articles in the order in which reading puts them",
        "indexing starts from a folder of files, the others' from texts in memory",
        "its index also stores each passage's words and their pieces, for the late interaction and the reader",
    )

    def load(self, model: str | None, asking: bool) -> None:
        self._model = model
        import index.build
        import index.encoder
        import index.opened

        index.encoder.embedded()  # also with another model: it reads the words of passages and questions
        self._build, self._open = index.build.bring_up_to_date, index.opened.open_index

    def prepare(self, paragraphs: list[dict[str, str]], folder: Path) -> None:
        articles = articles_of(folder)
        articles.mkdir(parents=True)
        for each in paragraphs:
            Path(articles, f"{each['id']}.txt").write_text(each["text"], "utf-8", newline="")

    def index(self, paragraphs: list[dict[str, str]], folder: Path) -> None:
        self._build(articles_of(folder), folder, self._model)

    def open(self, folder: Path) -> None:
        from qa.weights import retrieval_of

        self._folder, self._session = folder, None
        self._index = self._open(folder)
        self._weights, self.fitted = retrieval_of(self._index.encoder)

    def search(self, question: str, language: str, k: int, mode: str) -> list[str]:
        if mode == "answer":
            if self._session is None:
                from qa.session import Session

                self._session = Session(self._index)
            return _sources(self._session.ask(question, k=LISTED).passages, k)
        from qa.question import read_question
        from qa.retrieve import question_words, retrieve

        asked = read_question(question)  # it finds the language out, as it does for a user
        return _sources(retrieve(self._index, asked, question_words(asked), self._weights, CANDIDATES), k)


def articles_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-{ARTICLES}")


def _sources(hits, k: int) -> list[str]:
    """Return the articles that passages are of, each once, at its best passage's rank."""
    return list(dict.fromkeys(hit.document.source.removesuffix(".txt") for hit in hits))[:k]
