"""How well the reader reads, the right paragraph given, in the four directions, and how long it takes.

    python tests/bench/reading.py --data DIR [--reader NAME]

French: PIAF dev, and its questions put into English. English: the articles held out from
training, and questions of SQuAD 2 put into French. Of each direction: exact match and F1
of the best span (SQuAD's), how often its sentence holds an accepted answer, and, where
there are questions without an answer, how often one with an answer is told from them
(AUROC) by how far its best span exceeds `no answer`. Then the milliseconds that eight
passages of 700 characters take, on one core.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections import defaultdict
from pathlib import Path

from index.encoder import embedded
from index.sentences import sentence_bounds
from index.types import Passage
from index.words import pack
from qa import reader as reading
from qa.best_spans import sentence_scores
from qa.measure.metrics import exact_match, token_f1
from qa.measure.reliability import Tally
from qa.normalise import holds
from qa.pools import DIRECTIONS, PoolQuestion, read_pools
from qa.reader import EMBEDDED, load_reader
from qa.types import Reader

HERE = Path(__file__).parent
PASSAGES, CHARS, ROUNDS = 8, 700, 30


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", default=EMBEDDED)
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    reading._MOST_THREADS = 1
    reader = load_reader(options.reader)
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    margins: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    paragraphs = []
    for pool in read_pools(options.data, HERE.parent / "data"):
        paragraphs += list(pool.paragraphs.values())
        for question in (*pool.questions, *pool.unanswered):
            direction = pool.direction(question)
            figures, margin = read(reader, question, pool.paragraphs[question.source])
            if question.answers:
                found[direction].append(figures)
            margins[direction].append((margin, bool(question.answers)))
    print(f"{'':8}{'n':>6}{'EM':>8}{'F1':>8}{'sentence':>10}{'AUROC':>8}")
    for direction in DIRECTIONS:
        exact, f1, sentence = (statistics.mean(column) for column in zip(*found[direction], strict=True))
        odds, answerable = zip(*margins[direction], strict=True)
        told = "" if all(answerable) else f"{float(Tally.of(odds, answerable).auroc()):8.3f}"
        print(f"{direction:8}{len(found[direction]):6}{exact:8.3f}{f1:8.3f}{sentence:10.3f}{told}")
    print(f"\n{PASSAGES} passages of {CHARS} characters: {milliseconds(reader, paragraphs):.0f} ms, the median")


def read(reader: Reader, question: PoolQuestion, text: str) -> tuple[tuple[float, float, float], float]:
    scores = reader.scores(question.text, [passage(text)])[0]
    best = sentence_scores(scores, 0, len(text))
    if best is None:
        return (0.0, 0.0, 0.0), 0.0
    quote = text[slice(*best.span)]
    sentence = next((text[a:b] for a, b in sentence_bounds(text) if a <= best.span[0] < b), "")
    right = float(any(holds(sentence, answer) for answer in question.answers))
    figures = exact_match(quote, question.answers), token_f1(quote, question.answers), right
    return figures, best.score - scores.none


def passage(text: str) -> Passage:
    return Passage(0, "", 0, len(text), text, (), pack(embedded().words_of([text])[0]))


def milliseconds(reader: Reader, paragraphs: list[str]) -> float:
    long = [text[:CHARS] for text in paragraphs if len(text) >= CHARS]
    chance, took = random.Random(0), []
    for _ in range(ROUNDS):
        some = [passage(text) for text in chance.sample(long, PASSAGES)]
        began = time.perf_counter()
        reader.scores("Quelle part de la société revient à l'État ?", some)
        took.append(1e3 * (time.perf_counter() - began))
    return statistics.median(took)


if __name__ == "__main__":
    main()
