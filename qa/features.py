"""What speaks for a sentence as the place of the answer, as numbers a scorer can weigh."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.protocols import Index
from index.tokens import question_terms
from index.types import LANGUAGES, Hit, Sentence, WordMatrix
from qa.answer_span import best_span
from qa.best_spans import log_sum
from qa.late import best_matches, late_score, numbers, word_weights
from qa.scoring import RetrievalWeights
from qa.sentence_rows import SentenceRow, sentence_rows
from qa.types import AnswerKind, Question, Span, TokenScores

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPANNED = tuple(kind for kind in AnswerKind if kind is not AnswerKind.OTHER)
FEATURES = (
    "late",  # share of the question that the sentence speaks of
    "late_around",  # what the sentences beside it add to that
    "late_passage",  # the same share for its whole passage
    "retrieval",  # the passage's retrieval score
    "reciprocal_rank",  # of the passage
    "terms",  # share of the question's terms that stand in the sentence, rare ones counting more
    "terms_around",  # what the sentences beside it add to that
    *(f"with_{kind}" for kind in _SPANNED),  # that kind is asked for, and the sentence holds one
    *(f"without_{kind}" for kind in _SPANNED),  # that kind is asked for, and it holds none
    "near",  # how close the question's words stand to that span
    "heading",
    "asks",  # is itself a question
    "length",  # logarithm of its number of words
    "before",  # what the sentence before it adds, where it begins by referring back
    "cosine",  # of the mean rows of question and sentence
    "weakest",  # the worst matched among the question's three most telling words
    "same_language",
    "names_known",  # share of the question's names and numbers that the folder holds anywhere
    "least_known",  # the best match anywhere of the worst matched of those three words
    "read",  # the reader has read the passage; the next four are 0 where it has not
    "reader",  # by how much its best span there exceeds no answer, in tens of logits
    "reader_share",  # how likely the answer stands in this sentence, of all that were read
    "reader_log",  # the logarithm of that share
    "reader_here",  # how likely it stands there, of its own passage and no answer
)
# Openings that point at the sentence before: pronouns, demonstratives, `both`, `ensemble`.
_REFERS_BACK = re.compile(
    r"(?:et |mais |or |and |but |so )?(?:ils?|elles?|ce(?:t|tte|s|la|lui|lle|ux|lles)?|c['’]|ça|son|sa|ses|leurs?"
    r"|ensemble|tous deux|lequel|laquelle|lesquels|y|en (?:retour|contrepartie|échange)|ainsi|de plus en plus|pour cela"
    r"|it|its|he|she|they|their|his|her|this|that|these|those|both|together|in (?:return|exchange))\b",
    re.IGNORECASE,
)
_MOST_TELLING = 3
_MOST_LOGITS = 20.0
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: where it stands, its best span, and its features."""

    hit: Hit
    sentence: Sentence
    span: Span
    typed: bool
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of a question once the passages to read are chosen.

    `telling` weighs its words, (words,); `heaviest` are the places of the most telling;
    `read` is the log of what the reader gives to all sentences.
    """

    question: Question
    words: WordMatrix
    telling: NDArray[np.float32]
    heaviest: NDArray[np.int64]
    names_known: float
    least_known: float
    read: float


def candidates(
    index: Index,
    question: Question,
    words: WordMatrix,
    hits: Sequence[Hit],
    weights: RetrievalWeights,
    scores: Mapping[int, TokenScores],
) -> list[Candidate]:
    """Return every sentence of some passages with its features, in the order of the hits.

    :param words: the question's words, as the embedded encoder gives them.
    :param weights: those that the hits were found by: they say how telling a word is.
    :param scores: what the reader says of the passages that it has read, by their ids.
    """
    asked_numbers = numbers(question.text, words.offsets[:, 0])
    passages = [sentence_rows(index, words, asked_numbers, hit, scores.get(hit.passage.passage_id)) for hit in hits]
    rows = [row for passage in passages for row in passage]
    if not rows:
        return []
    asked = _asked(index, question, words, rows, weights)
    document_frequency = Counter(term for row in rows for term in row.terms)
    found = []
    for passage in passages:
        if not passage:
            continue
        hit = passage[0].hit
        wanted = question_terms(question.text, question.language, hit.document.language)
        rarity = {term: math.log(1.0 + len(rows) / (1.0 + document_frequency[term])) for term in wanted}
        whole = late_score(asked.telling, best_matches(passage[0].sims))
        for at, row in enumerate(passage):
            beside = passage[max(0, at - 1) : at + 2]
            before = passage[at - 1] if at > 0 and _REFERS_BACK.match(row.text) else row
            found.append(_candidate(asked, row, before, beside, rarity, whole))
    return found


def _asked(
    index: Index, question: Question, words: WordMatrix, rows: Sequence[SentenceRow], weights: RetrievalWeights
) -> _Asked:
    matches = [row.match for row in rows]
    telling = word_weights(words, matches, weights.norm_power, weights.rarity_power)
    heaviest = np.argsort(telling)[-_MOST_TELLING:]
    anywhere = np.max(matches, axis=0)
    return _Asked(
        question=question,
        words=words,
        telling=telling,
        heaviest=heaviest,
        names_known=_names_known(index, question, words),
        least_known=float(anywhere[heaviest].min()) if len(heaviest) else 0.0,
        read=log_sum([row.said.weight for row in rows if row.said]),
    )


def _names_known(index: Index, question: Question, words: WordMatrix) -> float:
    """Return the share of the question's capitalised words and numbers that the folder's terms hold."""
    written = [question.text[start:end] for start, end in words.offsets]
    names = [word for at, word in enumerate(written) if word[0].isdigit() or (at > 0 and word[0].isupper())]
    known = [
        any(index.lexical.frequency(term) for language in LANGUAGES for term in found[language])
        for found in ({each: question_terms(name, question.language, each) for each in LANGUAGES} for name in names)
        if any(found.values())
    ]
    return sum(known) / len(known) if known else 1.0


def _candidate(
    asked: _Asked,
    row: SentenceRow,
    before: SentenceRow,
    beside: Sequence[SentenceRow],
    rarity: dict[str, float],
    whole: float,
) -> Candidate:
    """Return a sentence with its features.

    :param before: the sentence that it refers back to, or itself.
    :param beside: itself and the sentences next to it.
    :param rarity: how much each term of the question tells.
    :param whole: the share of the question that its passage speaks of.
    """
    question, words, telling = asked.question, asked.words, asked.telling
    late = late_score(telling, row.match)
    around = late_score(telling, np.max([other.match for other in beside], axis=0))
    total = max(sum(rarity.values()), 1e-9)
    overlap = sum(weight for term, weight in rarity.items() if term in row.terms) / total
    joined = frozenset().union(*(other.terms for other in beside))
    overlap_around = sum(weight for term, weight in rarity.items() if term in joined) / total
    span, typed, near = best_span(question, row, telling)
    mine = row.words.rows[row.first : row.last] * row.words.weights[row.first : row.last, None] ** 2
    values = (
        late,
        around - late,
        whole,
        row.hit.score,
        1.0 / row.hit.rank,
        overlap,
        overlap_around - overlap,
        *(float(typed and kind is question.kind) for kind in _SPANNED),
        *(float(not typed and kind is question.kind) for kind in _SPANNED),
        near,
        float(row.sentence.heading),
        float(row.text.rstrip().endswith("?")),
        math.log(1 + row.last - row.first) / 4.0,
        late_score(telling, np.maximum(row.match, before.match)) - late,
        _cosine((words.rows * words.weights[:, None] ** 2).sum(axis=0), mine.sum(axis=0)),
        float(row.match[asked.heaviest].min()) if len(asked.heaviest) else 0.0,
        float(question.language == row.hit.document.language),
        asked.names_known,
        asked.least_known,
        *_said(row, asked.read),
    )
    return Candidate(row.hit, row.sentence, span, typed, np.asarray(values, np.float32))


def _said(row: SentenceRow, read: float) -> tuple[float, ...]:
    """Return the reader's features."""
    if not (row.said and row.scores):
        return (0.0,) * 5
    share = math.exp(min(row.said.weight - read, 0.0))
    here = math.exp(row.said.weight - log_sum([row.passage_weight, row.scores.none]))
    return (
        1.0,
        max(-_MOST_LOGITS, min(_MOST_LOGITS, row.said.score - row.scores.none)) / 10.0,
        share,
        math.log(max(share, _LEAST_SHARE)) / 10.0,
        min(here, 1.0),
    )


def _cosine(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    return float(left @ right / max(float(np.linalg.norm(left) * np.linalg.norm(right)), 1e-9))
