"""Retrieval in four directions: `python tests/bench/retrieval.py --data DIR [--model FOLDER] [--against FOLDER]`.

The pools of `qa.pools` are indexed and asked with a model2vec folder in the place of the
embedded model. Of BM25, dense search and late interaction alone, and of the whole
`retrieve`, recall@1 and the mean reciprocal rank of the right paragraph are printed, and
against another folder the difference with its 95 % interval by a paired bootstrap. Last
comes dense search between translated sentences. The weights are those in the folder
(retrieval.json), else the embedded model's, or with --fit chosen anew on these questions.
"""

from __future__ import annotations

import argparse
import lzma
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

import index.encoder
from index.opened import OpenIndex
from qa.fit_retrieval import fit, late_of
from qa.gather import Asked, Ranker, gather, index_pool
from qa.pools import DIRECTIONS, Pool, read_pools
from qa.question import read_question
from qa.retrieve import DEPTH, question_words, retrieve
from qa.scoring import RetrievalWeights
from qa.weights import RETRIEVAL_FILE, load_retrieval

ROOT = Path(__file__).parents[2]
METHODS = ("bm25", "dense", "late", "whole")
PUD = "dev/pud_news_wiki.tsv.xz"
RESAMPLES = 10_000
Ranks = Mapping[tuple[str, str], NDArray[np.float32]]
"""(questions,) reciprocal ranks by direction and method."""


def main() -> None:
    """Measure, and print a table a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds dev/ and qa/")
    parser.add_argument("--model", type=Path, default=index.encoder.EMBEDDED_FOLDER)
    parser.add_argument("--against", type=Path, help="another model2vec folder")
    parser.add_argument("--fit", action="store_true", help="choose each model's weights on these very questions")
    options = parser.parse_args()
    pools = read_pools(options.data, ROOT / "tests" / "data")
    measured = []
    for folder in filter(None, (options.model, options.against)):
        with embedded_model(folder):
            weights = fit(pools)[0] if options.fit else _weights(folder)
            print(f"{folder}\n{weights}")
            measured.append(measure(pools, weights))
            print(_table(measured[-1]))
            if (options.data / PUD).is_file():
                print(_sentences(options.data / PUD))
    if options.against:
        print(f"{options.model} minus {options.against}, with 95 % intervals\n{_differences(*measured)}")


@contextmanager
def embedded_model(folder: Path) -> Iterator[None]:
    """Put a model2vec folder in the place of the embedded model."""
    before = index.encoder.EMBEDDED_FOLDER
    index.encoder.EMBEDDED_FOLDER = folder
    index.encoder.embedded.cache_clear()
    try:
        yield
    finally:
        index.encoder.EMBEDDED_FOLDER = before
        index.encoder.embedded.cache_clear()


def _weights(folder: Path) -> RetrievalWeights:
    own = folder / RETRIEVAL_FILE.name
    return load_retrieval(own if own.is_file() else RETRIEVAL_FILE)


def measure(pools: Sequence[Pool], weights: RetrievalWeights) -> Ranks:
    """Ask every question of some pools by each method."""
    found: dict[tuple[str, str], NDArray[np.float32]] = {}
    for pool in pools:
        with tempfile.TemporaryDirectory(prefix="sourcier-") as temporary:
            opened = index_pool(pool, Path(temporary, pool.language))
            asked = gather(pool, opened)
            ranks = {**_parts(asked, weights), "whole": _whole(pool, opened, weights)}
            opened.close()
        directions = np.asarray([one.direction for one in asked])
        for direction in np.unique(directions):
            for method in METHODS:
                found[str(direction), method] = ranks[method][directions == direction]
    return found


def _parts(asked: Sequence[Asked], weights: RetrievalWeights) -> dict[str, NDArray[np.float32]]:
    scores = {
        "bm25": [one.found.bm25 for one in asked],
        "dense": [one.found.dense for one in asked],
        "late": [late_of(one, weights) for one in asked],
    }
    ranker = Ranker(asked)
    return {name: ranker.reciprocal_ranks(np.concatenate(each)[:, None])[:, 0] for name, each in scores.items()}


def _whole(pool: Pool, opened: OpenIndex, weights: RetrievalWeights) -> NDArray[np.float32]:
    """Return (questions,) reciprocal ranks of the right paragraph among those that `retrieve` returns."""
    ranks = []
    for each in pool.questions:
        question = read_question(each.text, each.id, each.language)
        hits = retrieve(opened, question, question_words(question), weights, 2 * DEPTH)
        sources = list(dict.fromkeys(hit.document.source for hit in hits))
        ranks.append(1.0 / (1 + sources.index(each.source)) if each.source in sources else 0.0)
    return np.asarray(ranks, np.float32)


def _table(ranks: Ranks) -> str:
    lines = ["  recall@1 / MRR" + "".join(f"{direction:>17}" for direction in DIRECTIONS)]
    for method in METHODS:
        cells = (ranks[direction, method] for direction in DIRECTIONS)
        told = (f"{(cell == 1.0).mean():.3f} / {cell.mean():.3f}" for cell in cells)
        lines.append(f"  {method:14}" + "".join(f"{cell:>17}" for cell in told))
    lines.append("  questions     " + "".join(f"{len(ranks[direction, 'whole']):>17}" for direction in DIRECTIONS))
    return "\n".join(lines)


def _sentences(path: Path) -> str:
    """Return dense recall@1 of each sentence's translation among all of them."""
    rows = [line.split("\t") for line in lzma.decompress(path.read_bytes()).decode("utf-8").splitlines()]
    english, french = (index.encoder.embedded().encode_passages([row[column] for row in rows]) for column in (0, 1))
    likeness = english @ french.T
    right = np.arange(len(rows))
    en_fr, fr_en = (likeness.argmax(axis=1) == right).mean(), (likeness.argmax(axis=0) == right).mean()
    return f"  dense recall@1 of {len(rows):,} translated sentences: en->fr {en_fr:.3f}, fr->en {fr_en:.3f}"


def _differences(ours: Ranks, theirs: Ranks) -> str:
    lines = []
    for name, only_first in (("recall@1", True), ("MRR", False)):
        lines.append(f"  {name:14}" + "".join(f"{direction:>24}" for direction in DIRECTIONS))
        for method in METHODS[1:]:
            cells = []
            for direction in DIRECTIONS:
                found = (ranks[direction, method] for ranks in (ours, theirs))
                mine, its = ((each == 1.0 if only_first else each).astype(np.float64) for each in found)
                low, high = interval(mine - its)
                cells.append(f"{(mine - its).mean():+.3f} [{low:+.3f}, {high:+.3f}]")
            lines.append(f"  {method:14}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % interval of the mean of (questions,) paired differences, by resampling the questions."""
    chance = np.random.default_rng(0)
    drawn = chance.integers(len(differences), size=(RESAMPLES, len(differences)), dtype=np.int32)
    low, high = np.percentile(differences[drawn].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


if __name__ == "__main__":
    main()
