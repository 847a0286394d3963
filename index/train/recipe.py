"""The recipe, top to bottom: texts become a vocabulary, first rows, learned rows, a model.

Each slow step leaves its result in `OUT/work`, so that a run broken off goes on where it
stopped; the results of another recipe, or of other data, are refused.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from index.pieces import PieceReader
from index.train.batches import Batches, Pairs, Questions, WordTranslator
from index.train.card import card
from index.train.corpus import Corpus, read_corpus, shares
from index.train.learn import Course, learn
from index.train.options import Recipe
from index.train.rows import first_rows, shares_of_texts
from index.train.save import save_model
from index.train.teacher import Taught, teach, words_alone
from index.train.tokens import Texts, tokenise
from index.train.translation import translations
from index.train.vocabulary import PAD, UNKNOWN, pieces_of, tokenizer_of
from index.train.work import Log, claim, packaged_teacher

if TYPE_CHECKING:
    from numpy.typing import NDArray

Sources = dict[str, Pairs | Questions]

_LONGEST_TAUGHT = 300  # characters of a translated sentence that the teacher reads
_MOST_COUNTED = 60_000  # texts of a source that its words are counted in
_MOST_ALIGNED = 500_000  # translated pairs that words are aligned in
_LONGEST_ALIGNED = 26  # tokens


def train(data: Path, out: Path, recipe: Recipe, teacher: Path | None = None) -> None:
    """Train a model and write it to a folder.

    :param teacher: the folder of a BERT-like English model; by default the one from PyPI.
    :raises TrainingDataError: if data are missing or damaged, or OUT/work is of another recipe.
    :raises ModelError: if the teacher is missing.
    """
    told = "all-MiniLM-L6-v2 (Apache-2.0)" if teacher is None else teacher.resolve().name
    teacher = teacher or packaged_teacher()
    log = Log()
    work = out / "work"
    corpus = read_corpus(data)
    claim(work, data, recipe, teacher)
    log(f"read {sum(len(each.english) for each in corpus.translations):,} translated pairs")
    pieces = _vocabulary(work / "pieces.json", teacher, corpus, recipe.vocabulary)
    tokenizer = tokenizer_of(pieces)
    log(f"{len(pieces):,} tokens")
    taught = _taught(work / "taught.npz", teacher, corpus, recipe, log)
    sources = _tokenised(PieceReader(tokenizer), corpus)
    del corpus
    log("tokenised")
    chances = _chances(work / "translations.npz", sources, len(pieces), recipe.seed)
    log(f"{chances.nnz:,} pairs of words translate each other")
    used = {
        language: shares_of_texts(list(_sampled(sources, language, recipe.seed)), len(pieces))
        for language in ("en", "fr")
    }
    rows = first_rows(pieces, taught, words_alone(teacher, pieces), chances, used, recipe.dim)
    translators = {"en": WordTranslator(chances), "fr": WordTranslator(chances.T.tocsr())}
    batches = Batches(sources, translators, recipe.batch, recipe.seed)
    course = Course(recipe.steps, recipe.rate, recipe.save_every, recipe.seed)
    learned = learn(rows, tokenizer, batches, course, work / "checkpoints", log)
    learned[[pieces.index(piece) for piece in (PAD, UNKNOWN)]] = 0.0  # what is not known resembles nothing
    save_model(out, learned, tokenizer)
    sizes = {name: len(source) for name, source in sources.items()}
    (out / "README.md").write_text(card(recipe, told, sizes, len(pieces)), "utf-8")
    log(f"wrote {out}")


def _vocabulary(path: Path, teacher: Path, corpus: Corpus, most: int) -> list[str]:
    if not path.exists():
        sources: list[Sequence[str]] = [side for each in corpus.translations for side in (each.english, each.french)]
        sources += [[row[column] for row in corpus.headings] for column in range(4)]
        sources += [[*each.paragraphs, *(asked[0] for asked in each.asked)] for each in corpus.questions]
        path.write_text(json.dumps(pieces_of(teacher, sources, most)), "utf-8")
    pieces: list[str] = json.loads(path.read_text("utf-8"))
    return pieces


def _taught(path: Path, teacher: Path, corpus: Corpus, recipe: Recipe, log: Log) -> Taught:
    """Return what the teacher says of the English questions, paragraphs and some translated sentences."""
    if not path.exists():
        chance = random.Random(recipe.seed)
        texts = [text for each in corpus.questions if each.language == "en" for text in each.paragraphs]
        texts += [asked[0] for each in corpus.questions if each.language == "en" for asked in each.asked]
        for each, share in zip(
            corpus.translations, shares([len(each.english) for each in corpus.translations]), strict=True
        ):
            short = [text for text in each.english if len(text) <= _LONGEST_TAUGHT]
            texts += chance.sample(short, min(len(short), int(recipe.taught * share)))
        teach(teacher, list(dict.fromkeys(texts)), log).save(path)
    return Taught.load(path)


def _tokenised(reader: PieceReader, corpus: Corpus) -> Sources:
    sources: Sources = {}
    for each in corpus.translations:
        sides = {"en": tokenise(reader, each.english), "fr": tokenise(reader, each.french)}
        sources[f"translations {each.name}"] = Pairs(sides, sides, (("en", "fr"), ("fr", "en")))
    if corpus.headings:
        columns = [tokenise(reader, [row[column] for row in corpus.headings]) for column in range(4)]
        headings, sections = ({"en": columns[at], "fr": columns[at + 1]} for at in (0, 2))
        sources["headings"] = Pairs(headings, sections, tuple(product(("en", "fr"), ("en", "fr"))))
    for asked in corpus.questions:
        sentences = {text: row for row, text in enumerate(dict.fromkeys(sentence for _, _, sentence in asked.asked))}
        sources[f"questions {asked.name}"] = Questions(
            language=asked.language,
            questions=tokenise(reader, [question for question, _, _ in asked.asked]),
            paragraphs=tokenise(reader, asked.paragraphs),
            sentences=tokenise(reader, list(sentences)),
            paragraph=np.asarray([paragraph for _, paragraph, _ in asked.asked], np.int64),
            sentence=np.asarray([sentences[sentence] for _, _, sentence in asked.asked], np.int64),
        )
    return sources


def _sampled(sources: Sources, language: str, seed: int) -> Iterator[Texts]:
    """Yield texts of a language, at most so many of each source."""
    chance = np.random.default_rng(seed)
    for _, source in sorted(sources.items()):
        if isinstance(source, Pairs):
            found = [source.left[language], *([] if source.right is source.left else [source.right[language]])]
        else:
            found = [source.questions, source.paragraphs] if source.language == language else []
        for texts in found:
            yield texts.take(chance.permutation(len(texts))[:_MOST_COUNTED])


def _chances(path: Path, sources: Sources, size: int, seed: int) -> sparse.csr_matrix:
    """Return the translations of words, from short sentences of every source of translated pairs."""
    if not path.exists():
        pairs = [source for _, source in sorted(sources.items()) if isinstance(source, Pairs)]
        sparse.save_npz(path, translations(_short_pairs(pairs, seed), size))
    return sparse.load_npz(path).tocsr()


def _short_pairs(sources: Sequence[Pairs], seed: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    chance = np.random.default_rng(seed)
    for source, share in zip(sources, shares([len(source) for source in sources]), strict=True):
        english, french = source.left["en"], source.left["fr"]
        short = np.flatnonzero((english.lengths <= _LONGEST_ALIGNED) & (french.lengths <= _LONGEST_ALIGNED))
        for row in chance.permutation(short)[: int(_MOST_ALIGNED * share)]:
            yield np.unique(english.text(row)).astype(np.int64), np.unique(french.text(row)).astype(np.int64)
